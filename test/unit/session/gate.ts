// A promise that a test settles: what waits for it stands still until then.

/** Holds back whatever awaits `passed`. */
export interface Gate<Value = void> {
  readonly passed: Promise<Value>
  readonly open: (value: Value) => void
  readonly fail: (error: Error) => void
}

export function createGate<Value = void>(): Gate<Value> {
  let open: Gate<Value>['open'] = () => undefined
  let fail: Gate<Value>['fail'] = () => undefined
  const passed = new Promise<Value>((resolve, reject) => {
    open = resolve
    fail = reject
  })
  return { passed, open, fail }
}
