import { addressKey } from '../../domain/network/address-key.ts'
import { provesPassword } from '../../domain/accounts/credentials.ts'
import { newKey } from '../../domain/identifiers.ts'
import { planOf } from '../../domain/accounts/user.ts'
import { recordEvent } from '../../store/operations/events.ts'
import { addSession, addToken, removeSession } from '../../store/accounts/sessions.ts'
import { findUser } from '../../store/accounts/users.ts'
import { BANDWIDTH_LEFT, describeSpace, DISKSPACE_LEFT, DISKSPACE_USED, membershipEnds, POINTS } from '../account.ts'
import { text as textShape } from '../answers.ts'
import { changedIn, field } from '../fields.ts'
import { limitLogin } from '../known-secrets.ts'
import { defineMethod } from '../method.ts'
import { APP_VERSION } from '../identification.ts'
import { judgedAddress, judgedText, mandatory, mandatoryBefore, optional, text } from '../params.ts'
import { openAccount } from '../open-account.ts'
import { registrationOf } from '../registration.ts'
import { SAMPLE } from '../sample.ts'

const since11 = { since: '1.1', source: 'observed' } as const
const DONE = textShape('status', field('ok', 'Always ok.', 'ok'))
const SESSION_KEY = textShape('session_key', field('key', 'Stands for the user in all other calls.', SAMPLE.sessionKey))

export const register = defineMethod({
  name: 'auth.register',
  summary: 'Opens an account.',
  source: 'guide',
  auth: 'key',
  params: {
    user_name: mandatoryBefore('1.1', judgedText, '3 to 20 letters or digits; from version 1.1 on it may be left out, the e-mail is the user name then.', SAMPLE.userName),
    full_name: mandatory(judgedText, '3 to 20 letters and spaces; up to 100 from version 1.1 on.', SAMPLE.fullName),
    email: mandatory(judgedAddress, 'An address that no other account has.', SAMPLE.email),
    password: optional(judgedText, '4 to 20 characters; empty: one is made and mailed.', SAMPLE.password)
  },
  errors: ['PERMISSION_DENIED', 'REGISTRATION_ERROR'],
  returns: [DONE],
  async handle (call) {
    const { ports, policy, params, refuse } = call
    if (await registrationOf(ports, policy) !== 'open') throw refuse('PERMISSION_DENIED', 'registration is closed')
    await openAccount({
      userName: params.user_name === '' ? undefined : params.user_name,
      fullName: params.full_name,
      email: params.email,
      password: params.password ?? ''
    }, { ...call, rules: call.version === '1.0' ? '1.0' : 'later' })
    return { status: 'ok' }
  }
})

export const createToken = defineMethod({
  name: 'auth.createToken',
  summary: 'Makes a token to log in with. It may be used for several logins.',
  source: 'guide',
  auth: 'key and version',
  uses: ['apiKey'],
  params: {
    app_version: APP_VERSION,
    response_format: optional(text, 'Accepted and ignored: answers are always XML.', 'xml')
  },
  errors: ['BAD_API_VERSION', 'OUTDATED_VERSION'],
  returns: [textShape('token', field('key', 'Good for many logins.', SAMPLE.token))],
  async handle ({ ports, policy, params, apiKey, version, address, now }) {
    const token = newKey(ports.ids)
    await addToken(ports.sql, {
      token, apiKey, version, appVersion: params.app_version ?? '', createdAt: now, expiresAt: now + policy.tokenLifetime
    }, addressKey(ports.vault, address))
    return { token }
  }
})

export const login = defineMethod({
  name: 'auth.login',
  summary: 'Opens a session.',
  source: 'guide',
  auth: 'token',
  params: {
    token: mandatory(judgedText, 'From auth.createToken.', SAMPLE.token),
    user_name: mandatory(judgedText, 'The user name or the e-mail.', SAMPLE.userName),
    tokened_password: mandatory(judgedText, 'lower(md5(token + lower(md5(password)))).', SAMPLE.tokenedPassword)
  },
  errors: ['SESSION_BAD', 'AUTHENTICATION_FAILURE', 'PERMISSION_DENIED', 'TOO_MANY_SESSIONS'],
  returns: [
    // The session key is always the first child (observed).
    SESSION_KEY,
    textShape('user_name', field('text', 'The full name.', SAMPLE.fullName), since11),
    textShape('email', field('text', 'The address of the account.', SAMPLE.email)),
    textShape('membership_type', field('membership', 'The plan.', 'Pro')),
    textShape('membership_ends', changedIn('1.1', field('end', 'When the plan ends.', 2147483647), -1)),
    textShape('subscribed', field('flag', 'Always 0.', 0), since11),
    textShape('capable_upload', field('flag', 'Whether upload.getInfo is allowed.', 1)),
    textShape('capable_download', field('flag', 'Whether download.getInfo is allowed.', 1)),
    textShape('capable_folders', field('flag', 'Whether folders may be changed.', 1)),
    textShape('capable_files', field('flag', 'Whether files may be changed.', 1)),
    BANDWIDTH_LEFT,
    DISKSPACE_LEFT,
    DISKSPACE_USED,
    POINTS
  ],
  async handle (call) {
    const { ports, policy, params, token, isHttps, address, now, refuse } = call
    const named = await findUser(ports.sql, params.user_name)
    const user = await limitLogin(call, { user: named, name: params.user_name, address, about: '/rest' },
      async () => provesPassword(ports.vault, named?.sealedPassword, token.token, params.tokened_password) ? named : undefined)
    if (user === undefined) throw refuse('AUTHENTICATION_FAILURE')
    // Whose session it would be is known only now; over HTTPS he could not use it.
    if (isHttps && user.isHttpsForbidden) throw refuse('HTTPS_FORBIDDEN')
    if (user.isDisabled) throw refuse('PERMISSION_DENIED', 'the account is disabled')
    const session = { key: newKey(ports.ids), version: token.version, lastUsedAt: now }
    const { sessions, capabilities } = planOf(user, policy)
    const outcome = await addSession(ports.sql, session, token.token, user, sessions, now - policy.sessionIdle)
    if (outcome === 'not proven') throw refuse('AUTHENTICATION_FAILURE')
    if (outcome === 'too many') throw refuse('TOO_MANY_SESSIONS')
    await recordEvent(ports, { kind: 'program-login', who: user.userName, address })
    return {
      session_key: session.key,
      // The full name stands here (observed).
      user_name: user.fullName,
      email: user.email,
      membership_type: user.plan,
      membership_ends: membershipEnds(user, token.version, now),
      subscribed: 0,
      capable_upload: capabilities.has('upload') ? 1 : 0,
      capable_download: capabilities.has('download') ? 1 : 0,
      capable_folders: capabilities.has('folders') ? 1 : 0,
      capable_files: capabilities.has('files') ? 1 : 0,
      ...await describeSpace(user, call),
      diskspace_used: user.bytesStored,
      points: 0
    }
  }
})

export const checkSession = defineMethod({
  name: 'auth.checkSession',
  summary: 'Tells whether a session still lives.',
  source: 'guide',
  auth: 'known session',
  params: {},
  errors: ['SESSION_BAD', 'SESSION_NOT_AUTH'],
  returns: [textShape('session', field('life', 'expired when it was not used for too long.', 'ok')), BANDWIDTH_LEFT, DISKSPACE_LEFT],
  async handle (call) {
    return { session: call.isExpired ? 'expired' : 'ok', ...await describeSpace(call.user, call) }
  }
})

export const logout = defineMethod({
  name: 'auth.logout',
  summary: 'Ends a session.',
  source: 'guide',
  auth: 'session',
  uses: ['session'],
  params: {},
  errors: ['SESSION_BAD'],
  returns: [DONE],
  async handle ({ ports, session }) {
    await removeSession(ports.sql, session.key)
    return { status: 'ok' }
  }
})
