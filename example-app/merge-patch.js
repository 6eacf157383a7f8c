// @ts-check
// JSON Merge Patch (RFC 7396): what the patch names wins, member by member; null removes a member.

/**
 * @param {any} target is left as it is
 * @param {any} patch
 * @returns {any} the merged copy
 */
export function mergePatch(target, patch) {
  if (!isObject(patch)) return patch
  const merged = new Map(isObject(target) ? Object.entries(target) : [])
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name)
    else merged.set(name, mergePatch(merged.get(name), value))
  }
  return Object.fromEntries(merged)
}

/** @param {unknown} value */
function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
