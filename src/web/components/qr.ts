import { renderSVG } from 'uqr'

/** A text as a QR code, black on white whatever the page's colours, since some readers take nothing else. */
export const qrSvg = (text: string): string => renderSVG(text, { ecc: 'M', border: 2 })
