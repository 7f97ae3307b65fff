import type { DataType } from '@inlay/geo';
import type { PixelFunction } from './plan.ts';
import type { PixelFunctionCall } from './plan-options.ts';

/** Functions whose result is one of the values, or between them: they need no wider type to count in. */
const KEEPS_TYPE: ReadonlySet<string> = new Set(['min', 'max', 'mean']);

/** The call as gdalbuildvrt 3.12 and later writes it for a band of a type. */
export function pixelFunctionOf({ name, arguments: values }: PixelFunctionCall, dataType: DataType): PixelFunction {
  return { name, arguments: values ?? {}, transferType: KEEPS_TYPE.has(name) ? dataType : 'Float64' };
}
