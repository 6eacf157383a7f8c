// The fields of a form as they were sent, out of what a parser of the app has made of them.

/** Fields in order; undefined when the parser has left nothing, `'not a form'` when it has left what no form can say. */
export function parsedForm(body: unknown): URLSearchParams | 'not a form' | undefined {
  if (typeof body === 'string') return new URLSearchParams(body)
  if (body instanceof Uint8Array) return new URLSearchParams(Buffer.from(body).toString())
  if (typeof body !== 'object' || body === null) return undefined
  const fields = Object.entries(body).flatMap(([name, value]) => fieldsOf(name, value))
  return fields.every(isText) ? new URLSearchParams(fields) : 'not a form'
}

type Field = readonly [name: string, value: unknown]

/**
 * One value as the fields that it was made of. Any parser makes a list of texts of a repeated name; only qs, in
 * `express.urlencoded({ extended: true })`, makes lists of one and objects, of names with brackets.
 */
function fieldsOf(name: string, value: unknown): Field[] {
  if (typeof value !== 'object' || value === null) return [[name, value]]
  const isRepeated = Array.isArray(value) && value.length > 1 && value.every((each) => typeof each === 'string')
  return Object.entries(value).flatMap(([key, each]) => fieldsOf(isRepeated ? name : `${name}[${key}]`, each))
}

function isText(field: Field): field is [string, string] {
  return typeof field[1] === 'string'
}
