/** Sums that are cut into parts. */

/** Where part `part` of a sum over n terms begins. */
@inline
export function partStart(n: i32, part: i32, parts: i32): i32 {
  return <i32>((<i64>n * part) / parts);
}
