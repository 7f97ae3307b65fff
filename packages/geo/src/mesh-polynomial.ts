/**
 * The polynomial of one coordinate in a cell of a `TransformMesh`: nine coefficients of `u^i v^j` in the order
 * `1, u, u2, v, uv, u2v, v2, uv2, u2v2`, beginning at an index of an array.
 */

/** Its value. */
export function evaluate(numbers: Float64Array, at: number, u: number, v: number): number {
  const first = numbers[at]! + u * (numbers[at + 1]! + u * numbers[at + 2]!);
  const second = numbers[at + 3]! + u * (numbers[at + 4]! + u * numbers[at + 5]!);
  const third = numbers[at + 6]! + u * (numbers[at + 7]! + u * numbers[at + 8]!);
  return first + v * (second + v * third);
}

/** How the first and the second coordinate change from pixel to pixel: along the row, down the column, and again. */
export function slopesAt(
  numbers: Float64Array,
  first: number,
  u: number,
  v: number,
  width: number,
  height: number,
): [number, number, number, number] {
  const slopes: [number, number, number, number] = [0, 0, 0, 0];
  for (let axis = 0; axis < 2; axis++) {
    const at = first + 9 * axis;
    const c = (i: number): number => numbers[at + i]!;
    slopes[2 * axis] = (c(1) + 2 * u * c(2) + v * (c(4) + 2 * u * c(5) + v * (c(7) + 2 * u * c(8)))) / width;
    slopes[2 * axis + 1] = (c(3) + u * (c(4) + u * c(5)) + 2 * v * (c(6) + u * (c(7) + u * c(8)))) / height;
  }
  return slopes;
}
