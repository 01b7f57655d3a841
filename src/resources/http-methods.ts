// The verbs that AWS routes.

/** What the method ANY stands for; other verbs are not routable. @see data-plane reference, section 3 */
export const anyVerbs: ReadonlySet<string> = new Set([
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
]);
