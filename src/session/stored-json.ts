// JSON as it is stored, with the version of its form: a release tells by it what it can read (docs/decisions/0028).

/** Writes a value of that form. */
export function toStoredJson(value: object, formatVersion: number): string {
  return JSON.stringify({ ...value, formatVersion })
}

/** Reads a value of that form; undefined when it has another form. A value without a version has the first one. */
export function fromStoredJson<Value extends object>(text: string, formatVersion: number): Value | undefined {
  const stored = parse(text)
  if (!isOfVersion(stored, formatVersion)) return undefined
  const { formatVersion: _read, ...value } = stored
  return value as Value
}

/** Whether a stored value is an object of that form. */
export function isOfVersion(stored: unknown, formatVersion: number): stored is { readonly formatVersion?: unknown } {
  if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) return false
  const { formatVersion: found = 1 } = stored as { readonly formatVersion?: unknown }
  return found === formatVersion
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // sealed by a release whose form is no JSON
  }
}
