// Draws results.svg: bars of CPU over the floor, and the heap of the soak when there was one. Needs no browser.
import * as echarts from 'echarts'
import { ours, parties } from './parties/index.mjs'

const width = 860
const namesWidth = 300
const barsWidth = 250
const barHeight = 34
// Without quotes: ECharts writes it into an attribute as it is.
const fontFamily = 'system-ui, Segoe UI, Helvetica, Arial, sans-serif'
/** Colours on light ground, and what takes their place on dark ground. */
const colours = {
  text: ['#1b1f24', '#e8eaed'],
  faint: ['#d5dae2', '#3a4351'],
  inBar: ['#ffffff', '#0d1117'],
  peer: ['#6b7688', '#8b97ab'],
  ours: ['#3559b5', '#8fb0ff'],
  floor: ['#3f4754', '#c3cbd8'],
}
const light = Object.fromEntries(Object.entries(colours).map(([name, [colour]]) => [name, colour]))

export function plotOf({ measures }) {
  const guarded = ratiosOf(measures['guarded-request']?.parties)
  const login = ratiosOf(measures.login?.concurrencies[32].parties)
  const shown = parties.filter(({ name }) => name in guarded || name in login)
  const barsHeight = 70 + shown.length * barHeight
  // One scale for both: a bar is as long as it is on the other side.
  const longest = Math.max(...Object.values(guarded), ...Object.values(login))
  const panels = [
    barPanel(shown, { title: 'Guarded request', ratios: guarded, longest, left: namesWidth, hasNames: true }),
    barPanel(shown, {
      title: 'Whole login, 32 at once',
      ratios: login,
      longest,
      left: 600,
      hasNames: false,
    }),
  ]
  if (measures.soak) panels.push(soakPanel(measures.soak, barsHeight + 20))
  const height = barsHeight + (measures.soak ? 180 : 0)
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height })
  chart.setOption({
    animation: false,
    textStyle: { fontFamily, fontSize: 13, color: light.text },
    title: [...panels.map(({ title }) => title), captionAt(barsHeight - 26)],
    grid: panels.map(({ grid }) => grid),
    xAxis: panels.map(({ xAxis }, gridIndex) => ({ ...xAxis, gridIndex })),
    yAxis: panels.map(({ yAxis }, gridIndex) => ({ ...yAxis, gridIndex })),
    series: panels.map(({ series }, index) => ({ ...series, xAxisIndex: index, yAxisIndex: index })),
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return withDarkGround(svg)
}

function barPanel(shown, { title, ratios, longest, left, hasNames }) {
  return {
    title: titleOf(title, { left, top: 8 }),
    grid: { left, top: 40, width: barsWidth, height: shown.length * barHeight },
    xAxis: { type: 'value', show: false, min: 0, max: longest },
    yAxis: {
      type: 'category',
      inverse: true,
      data: shown.map(({ label }) => label),
      axisLabel: { show: hasNames, color: light.text, fontSize: 13 },
      axisLine: { lineStyle: { color: light.faint } },
      axisTick: { show: false },
    },
    series: {
      type: 'bar',
      data: shown.map(({ name }) => ({ value: ratios[name], itemStyle: { color: colourOf(name) } })),
      barWidth: 18,
      label: {
        show: true,
        position: 'insideLeft',
        color: light.inBar,
        formatter: ({ value }) => value?.toFixed(2) ?? '',
      },
      markLine: {
        symbol: 'none',
        silent: true,
        label: { show: false },
        lineStyle: { color: light.floor, type: 'dashed' },
        data: [{ xAxis: 1 }],
      },
    },
  }
}

function captionAt(top) {
  const text = 'CPU of the process over that of the same written by hand (dashed line); shorter is better'
  return { text, left: namesWidth, top, textStyle: { fontSize: 12, fontWeight: 400, color: light.text } }
}

function titleOf(text, place) {
  return { text, ...place, textStyle: { fontSize: 13, fontWeight: 600, color: light.text } }
}

function soakPanel({ points }, top) {
  const axis = { axisLabel: { color: light.text }, splitLine: { lineStyle: { color: light.faint } } }
  return {
    title: titleOf('Soak: heap of the process in MB, by guarded requests', { left: 30, top }),
    grid: { left: 50, top: top + 34, width: width - 100, height: 90 },
    xAxis: { type: 'value', max: points.at(-1).requests, ...axis, splitLine: { show: false } },
    yAxis: { type: 'value', min: 0, splitNumber: 2, ...axis },
    series: {
      type: 'line',
      showSymbol: false,
      lineStyle: { color: light.ours, width: 2 },
      data: points.map(({ requests, heapBytes }) => [requests, heapBytes / 1e6]),
    },
  }
}

function ratiosOf(figures = {}) {
  return Object.fromEntries(Object.entries(figures).map(([name, { ratio }]) => [name, ratio]))
}

function colourOf(name) {
  if (name === ours) return light.ours
  return name === 'floor' ? light.floor : light.peer
}

/** A picture in a page follows the reader's scheme by its own style, as the other pictures of the documents do. */
function withDarkGround(svg) {
  const rules = Object.values(colours).flatMap(([onLight, onDark]) =>
    ['fill', 'stroke'].map((paint) => `[${paint}="${onLight}"]{${paint}:${onDark}}`),
  )
  return svg.replace(/>/, `><style>@media (prefers-color-scheme:dark){${rules.join('')}}</style>`)
}
