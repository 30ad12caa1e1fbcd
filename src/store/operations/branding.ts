/** What administrators chose on the pages of the look of the site. What they did not choose is as the settings say. */
import { BRANDING_FIELDS, LOGO_TYPES, type Branding, type BrandingField, type Logo, type LogoMark, type SetBranding } from '../../domain/branding.ts'
import type { Sql, Statement } from '../../ports.ts'
import { textOf } from '../sql.ts'

/** The texts that were chosen; those left out are as the settings say. */
export type ChosenTexts = Partial<Readonly<Record<BrandingField, string>>>

export interface ChosenBranding {
  readonly texts: ChosenTexts
  readonly logo: LogoMark | undefined
}

/** What was chosen. */
export async function findChosenBranding (sql: Sql): Promise<ChosenBranding> {
  const rows = await sql.all("select name, value from site_settings where name in ('branding', 'logo')")
  const values = new Map(rows.map(row => [textOf(row, 'name'), textOf(row, 'value')]))
  return { texts: readTexts(values.get('branding')), logo: readMark(values.get('logo')) }
}

/** How the site looks: what was chosen, over the settings. */
export async function findBranding (sql: Sql, settings: Branding): Promise<Branding> {
  const { texts, logo } = await findChosenBranding(sql)
  return { ...settings, ...texts, logo: logo ?? settings.logo }
}

/** Replaces all chosen texts. */
export async function chooseBranding (sql: Sql, texts: ChosenTexts): Promise<void> {
  await sql.batch([Object.keys(texts).length === 0 ? drop('branding') : put('branding', JSON.stringify(texts))])
}

/** undefined: the logo of the settings again. */
export async function chooseLogo (sql: Sql, logo: Logo | undefined): Promise<void> {
  await sql.batch(logo === undefined
    ? [drop('logo'), drop('logo-bytes')]
    : [put('logo', `${logo.type} ${logo.version}`), put('logo-bytes', logo.bytes.toString('base64'))])
}

/** The logo with its bytes. */
export async function findLogo (sql: Sql, settings: SetBranding): Promise<Logo | undefined> {
  const row = await sql.get("select (select value from site_settings where name = 'logo') as mark, value from site_settings where name = 'logo-bytes'")
  const mark = row === undefined ? undefined : readMark(textOf(row, 'mark'))
  return row && mark ? { ...mark, bytes: Buffer.from(textOf(row, 'value'), 'base64') } : settings.logo
}

const put = (name: string, value: string): Statement =>
  ({ sql: 'insert into site_settings (name, value) values ($name, $value) on conflict (name) do update set value = $value', params: { name, value } })

const drop = (name: string): Statement => ({ sql: 'delete from site_settings where name = $name', params: { name } })

function readTexts (json: string | undefined): ChosenTexts {
  if (json === undefined) return {}
  const stored = JSON.parse(json) as Readonly<Record<string, unknown>>
  return Object.fromEntries(BRANDING_FIELDS.flatMap(field => {
    const text = stored[field]
    return typeof text === 'string' ? [[field, text]] : []
  }))
}

function readMark (text: string | undefined): LogoMark | undefined {
  const [named, version] = (text ?? '').split(' ')
  const type = LOGO_TYPES.find(known => known === named)
  return type && version ? { type, version } : undefined
}
