/** The content of a target file: where the server is, which accounts it has, which features it lacks, and how to set up states. */
import { readFile } from 'node:fs/promises'
import type { ApiVersion } from '../../domain/version.ts'
import { API_VERSIONS } from '../../domain/version.ts'
import { DocumentProblem, fields, listed, parseDocument, someText, written, yesOrNo, type Read } from '../../settings/document.ts'
import { choice, count, size, timer } from '../../settings/kinds.ts'
import { STATES, type State } from '../check.ts'
import type { Limits } from '../client/exchange.ts'

export interface Account {
  readonly user: string
  readonly password: string
}

/** Optional features of a server; a feature that is declared absent must look absent. */
export const FEATURES = ['sharing', 'addressbook', 'mail', 'pages', 'anonymous', 'register', 'proxyMode'] as const
export type Feature = typeof FEATURES[number]

/** How to set up a state: an account that is in it, a command, or a request; a command or a request also says how to undo it. */
export interface StateMeans {
  readonly account?: string
  readonly run?: string
  readonly request?: string
  readonly undo?: string
}

export interface Target {
  /** The endpoint of the API. */
  readonly rest: string
  /** The same endpoint over HTTPS; undefined: `rest` is HTTPS already, or there is none. */
  readonly https: string | undefined
  /** The base of links, when it is not the host that is called. */
  readonly publicUrl: string | undefined
  readonly apiKey: string
  readonly versions: readonly ApiVersion[]
  readonly implementation: { readonly name?: string, readonly version?: string, readonly url?: string }
  /** `main` and `other`, and those that states name. */
  readonly accounts: Readonly<Record<string, Account>>
  readonly features: Readonly<Record<Feature, boolean>>
  /** The recipient of mails, where `{n}` becomes another word each time; undefined: nothing is sent. */
  readonly mailTo: string | undefined
  /** A command that prints the mails received, as lines of JSON; undefined: they can be read only in the emulator. */
  readonly mailbox: string | undefined
  readonly states: Readonly<Partial<Record<State, StateMeans>>>
  /** Receives `{"state","action":"set"|"undo","user"}`; answers 404 for an unknown state. */
  readonly hook: string | undefined
  /** Base of the emulator's control calls; undefined: the target is no emulator. */
  readonly control: string | undefined
  readonly limits: Limits
}

interface TargetFile {
  url: string
  rest: string
  https: string
  publicUrl: string
  apiKey: string
  implementation: Partial<{ name: string, version: string, url: string }>
  versions: readonly ApiVersion[]
  accounts: Readonly<Record<string, Account>>
  register: boolean
  features: Partial<Record<Feature, boolean>>
  mailTo: string
  mailbox: string
  states: Partial<Record<State, StateMeans>>
  hook: string
  limits: Partial<Limits>
}

/** A map from names that the file chooses. */
const named = <T>(read: Read<T>): Read<Readonly<Record<string, T>>> => (value, at) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new DocumentProblem(at, 'expected an object of names')
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, read(inner, `${at}/${name}`)]))
}

const httpUrl: Read<string> = (value, at) => {
  const text = someText(value, at)
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) throw new DocumentProblem(at, `expected an http or https address, got ${JSON.stringify(text)}`)
  return text
}

/** Secrets come from the environment: `${NAME}` is the variable NAME. */
const withVariables = (environment: Readonly<Record<string, string | undefined>>): Read<string> => (value, at) =>
  someText(value, at).replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const found = environment[name]
    if (found === undefined) throw new DocumentProblem(at, `the variable ${name} is not set`)
    return found
  })

const yesNo: Read<boolean> = (value, at) => value === 'yes' ? true : value === 'no' ? false : yesOrNo(value, at)

const means = fields<StateMeans>({ account: someText, run: someText, request: someText, undo: someText })

function readerOf (environment: Readonly<Record<string, string | undefined>>): Read<Partial<TargetFile>> {
  const secret = withVariables(environment)
  const states = Object.fromEntries(STATES.map(state => [state, means])) as Record<State, Read<StateMeans>>
  const features = Object.fromEntries(FEATURES.map(feature => [feature, yesNo])) as Record<Feature, Read<boolean>>
  return fields<TargetFile>({
    url: httpUrl,
    rest: httpUrl,
    https: httpUrl,
    publicUrl: httpUrl,
    apiKey: secret,
    implementation: fields({ name: someText, version: someText, url: someText }),
    versions: listed((value, at) => written(choice(...API_VERSIONS))(value === 1 ? '1.0' : value, at)),
    accounts: named(fields<Account, 'user' | 'password'>({ user: secret, password: secret }, ['user', 'password'])),
    register: yesNo,
    features: fields(features),
    mailTo: someText,
    mailbox: secret,
    states: fields(states),
    hook: httpUrl,
    limits: fields<Limits>({ bytes: written(size), calls: written(count), parallel: written(count), timeout: written(timer(1)) })
  })
}

const LIMITS: Limits = { bytes: 200 * 1024 * 1024, calls: 30_000, parallel: 4, timeout: 10_000 }

/** `given` is the address on the command line; `file` the name of a target file. Throws DocumentProblem for an invalid file. */
export async function readTarget (given: string | undefined, file: string | undefined, environment: Readonly<Record<string, string | undefined>>, known: Partial<Target> = {}): Promise<Target> {
  const read = file === undefined ? {} : readerOf(environment)(await parseDocument(await readFile(file, 'utf8')), '')
  const url = given ?? read.url
  const rest = read.rest ?? (url === undefined ? undefined : restOf(url))
  if (rest === undefined) throw new DocumentProblem('', 'no address: respace check URL, or url in the target file')
  const { apiKey = 'RESPACE001', versions = API_VERSIONS, implementation = {}, accounts = {}, register = false, features = {}, mailTo, mailbox, states = {}, hook, limits = {} } = read
  for (const [state, { account }] of Object.entries(states)) {
    if (account !== undefined && accounts[account] === undefined) throw new DocumentProblem(`/states/${state}/account`, `there is no account ${account} under accounts`)
  }
  return {
    rest,
    https: read.https === undefined ? undefined : restOf(read.https),
    publicUrl: read.publicUrl,
    apiKey,
    versions,
    implementation,
    accounts,
    mailTo,
    mailbox,
    states,
    hook,
    control: undefined,
    ...known,
    features: {
      sharing: true, addressbook: true, mail: mailTo !== undefined, pages: true, anonymous: true, register, proxyMode: false, ...known.features, ...features
    },
    limits: { ...LIMITS, ...known.limits, ...limits }
  }
}

/** `http://host/rest/` for an address without a path; an address with a path is used as it is. */
function restOf (url: string): string {
  if (!URL.canParse(url)) throw new DocumentProblem('', `expected an http or https address, got ${JSON.stringify(url)}`)
  const { pathname, origin, protocol } = new URL(url)
  if (!/^https?:$/.test(protocol)) throw new DocumentProblem('', `expected an http or https address, got ${JSON.stringify(url)}`)
  return pathname === '/' ? `${origin}/rest/` : url
}
