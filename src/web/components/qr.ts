import { renderSVG } from 'uqr'

/** A text as a QR code, always black on white, since some readers accept nothing else. */
export const qrSvg = (text: string): string => renderSVG(text, { ecc: 'M', border: 2 })
