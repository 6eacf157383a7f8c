// `npm start`: set-up, then the example app in this same process, so that signals reach it directly.
import { setUp } from './set-up.mjs'

setUp()
await import('../example-app/main.js')
