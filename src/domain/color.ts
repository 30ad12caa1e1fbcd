/** Colours that an operator chooses: whether they can be read, and the nearest ones that can. */

/** What text in the accent colour stands on, by day and by night: the hardest of the style sheet's grounds, and the text on the colour itself. */
export const THEMES = {
  light: { ground: '#f3f4fa', sheet: '#ffffff', onAccent: '#ffffff', away: '#000000' },
  dark: { ground: '#181b31', sheet: '#181b31', onAccent: '#14122f', away: '#ffffff' }
} as const

export type Theme = keyof typeof THEMES

/** Of text and its ground (WCAG 2.2, 1.4.3). */
export const LEAST_CONTRAST = 4.5

/** `#rrggbb` in small letters; undefined for what is no colour. */
export function readColor (text: string): string | undefined {
  const digits = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text.trim())?.[1]?.toLowerCase()
  if (digits === undefined) return undefined
  return '#' + (digits.length === 3 ? digits.replace(/./g, '$&$&') : digits)
}

/** From 1 to 21 (WCAG 2.2). */
export function contrastOf (one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminanceOf(one), luminanceOf(other)].sort((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

/** The contrast of a colour in a theme: the lower one of its two uses. */
export const contrastIn = (theme: Theme, color: string): number =>
  Math.min(contrastOf(color, THEMES[theme].ground), contrastOf(color, THEMES[theme].onAccent))

/** The colour itself when it can be read in a theme, else the first that can on its way to black by day, to white by night. */
export function nearestReadable (theme: Theme, color: string): string {
  for (let share = 0; share < 255; share++) {
    const mixed = mix(color, THEMES[theme].away, share / 255)
    if (contrastIn(theme, mixed) >= LEAST_CONTRAST) return mixed
  }
  return THEMES[theme].away
}

/** A colour with a share of another one, from 0 to 1. */
export function mix (color: string, other: string, share: number): string {
  const others = channelsOf(other)
  return '#' + channelsOf(color).map((value, i) => Math.round(value + ((others[i] ?? 0) - value) * share).toString(16).padStart(2, '0')).join('')
}

const channelsOf = (color: string): number[] => [1, 3, 5].map(at => parseInt(color.slice(at, at + 2), 16))

function luminanceOf (color: string): number {
  const [red = 0, green = 0, blue = 0] = channelsOf(color).map(value => value / 255).map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
