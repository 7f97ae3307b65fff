import { RECORD_TYPES, VISIBILITIES, type RecordType, type Visibility } from '@inlay/contract';
import { choiceParam, textParam } from '../search-params.ts';

/** What the catalogue is narrowed down by and what is selected, as the URL carries it. */
export interface CatalogueSearch {
  /** Text that the title or the summary contains. */
  readonly q?: string | undefined;
  readonly type?: RecordType | undefined;
  readonly visibility?: Visibility | undefined;
}

/** Reads it of a query; what makes no sense is left out. */
export function catalogueSearch(params: Readonly<Record<string, unknown>>): CatalogueSearch {
  return {
    q: textParam(params, 'q'),
    type: choiceParam(params, 'type', RECORD_TYPES),
    visibility: choiceParam(params, 'visibility', VISIBILITIES),
  };
}
