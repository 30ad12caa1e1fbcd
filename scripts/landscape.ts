/** Pictures of mountains at a lake, each with its own light and its own ridges: sample photographs that nobody took. */
import { drawing } from '../test/support/images.ts'

type Colour = readonly [number, number, number]

/** Of dawn, day, sunset, spring, night and autumn: the top of the sky, the horizon, far ridges, near ridges. */
const LIGHTS: ReadonlyArray<readonly [Colour, Colour, Colour, Colour]> = [
  [[52, 92, 150], [250, 214, 178], [148, 150, 186], [28, 40, 66]],
  [[96, 158, 214], [226, 240, 248], [150, 178, 204], [38, 72, 60]],
  [[44, 34, 84], [244, 142, 108], [146, 92, 128], [34, 22, 50]],
  [[120, 176, 206], [246, 240, 220], [174, 190, 178], [66, 82, 44]],
  [[18, 30, 64], [110, 134, 176], [70, 92, 136], [10, 18, 36]],
  [[238, 178, 120], [254, 232, 190], [216, 158, 128], [94, 50, 48]]
]

/** A JPEG of 3200 by 2400 pixels; the same number gives the same picture. */
export async function landscape (number: number): Promise<Buffer> {
  const random = seeded(number + 1)
  const [top, horizon, far, near] = LIGHTS[number % LIGHTS.length] ?? LIGHTS[0] as never
  const water = 860 + random() * 160
  const ridges = Array.from({ length: 5 }, (_, i) => {
    const share = i / 4
    return { path: ridge(random, 380 + share * 330 + random() * 60, 230 - share * 130), colour: rgb(mix(far, near, share ** 1.3)) }
  })
  const sun = { x: 300 + random() * 1000, y: 250 + random() * 200, radius: 38 + random() * 26 }
  const hills = ridges.map(({ path, colour }) => `<path d="${path}" fill="${colour}"/>`).join('')
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="3200" height="2400" viewBox="0 0 1600 1200">
<defs>
<linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${rgb(top)}"/><stop offset=".62" stop-color="${rgb(horizon)}"/></linearGradient>
<radialGradient id="glow"><stop offset="0" stop-color="#fffdf0" stop-opacity=".95"/><stop offset=".16" stop-color="#fff6da" stop-opacity=".55"/><stop offset="1" stop-color="#fff" stop-opacity="0"/></radialGradient>
<linearGradient id="water" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${rgb(horizon)}" stop-opacity=".5"/><stop offset="1" stop-color="${rgb(mix(top, near, 0.5))}" stop-opacity=".85"/></linearGradient>
<clipPath id="above"><rect width="1600" height="${water}"/></clipPath>
<g id="scene" clip-path="url(#above)"><rect width="1600" height="1200" fill="url(#sky)"/>
<circle cx="${sun.x}" cy="${sun.y}" r="${sun.radius * 9}" fill="url(#glow)"/><circle cx="${sun.x}" cy="${sun.y}" r="${sun.radius}" fill="#fffbea"/>${hills}</g>
</defs>
<use href="#scene"/><use href="#scene" transform="translate(0 ${2 * water}) scale(1 -1)"/>
<rect y="${water}" width="1600" height="${1200 - water}" fill="url(#water)"/>
</svg>`
  return (await drawing())(Buffer.from(svg)).toFormat('jpeg', { quality: 96 }).toBuffer()
}

/** The outline of mountains: points between the edges, halved again and again, each half less rough. */
function ridge (random: () => number, height: number, roughness: number): string {
  let points = [height + (random() - 0.5) * roughness, height - random() * roughness, height + (random() - 0.5) * roughness]
  for (let rough = roughness; points.length < 200; rough *= 0.52) {
    points = points.flatMap((y, i) => {
      const next = points[i + 1]
      return next === undefined ? [y] : [y, (y + next) / 2 + (random() - 0.5) * rough]
    })
  }
  const step = 1600 / (points.length - 1)
  return `M0 1200 ${points.map((y, i) => `L${(i * step).toFixed(1)} ${y.toFixed(1)}`).join(' ')} L1600 1200 Z`
}

const mix = (from: Colour, to: Colour, share: number): Colour => [0, 1, 2].map(i => (from[i] ?? 0) + ((to[i] ?? 0) - (from[i] ?? 0)) * share) as unknown as Colour

const rgb = (colour: Colour): string => `rgb(${colour.map(Math.round).join(' ')})`

/** Numbers from 0 to 1, the same for the same seed. */
function seeded (seed: number): () => number {
  let state = seed * 2654435761 >>> 0
  return () => {
    state = state * 1664525 + 1013904223 >>> 0
    return state / 2 ** 32
  }
}
