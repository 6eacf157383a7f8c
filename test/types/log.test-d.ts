// The loggers of others fit the option `log` without a cast.
import { pino } from 'pino'
import { it } from 'vitest'
import winston from 'winston'
import { type Options, relyingParty } from '../../src/index.ts'

const required: Options = {
  provider: { issuer: 'https://id.example' },
  clientId: 'orders',
  baseUrl: 'https://app.example',
}

it('takes pino, winston, the console, and false', () => {
  relyingParty({ ...required, log: pino() })
  relyingParty({ ...required, log: winston.createLogger() })
  relyingParty({ ...required, log: console })
  relyingParty({ ...required, log: false })
  relyingParty({ ...required, log: undefined })
})

it('takes nothing else', () => {
  // @ts-expect-error: a logger that is missing a method
  relyingParty({ ...required, log: { error: () => undefined } })
  // @ts-expect-error: true is no logger
  relyingParty({ ...required, log: true })
})
