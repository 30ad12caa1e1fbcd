import { provesPassword, sealUserPassword } from '../../domain/credentials.ts'
import { newKey, newPassword } from '../../domain/identifiers.ts'
import { findBrokenRule } from '../../domain/registration.ts'
import { planOf } from '../../domain/user.ts'
import { queueMails } from '../../store/mails.ts'
import { addSession, addToken, removeSession } from '../../store/sessions.ts'
import { addUser, findUser } from '../../store/users.ts'
import { passwordMail } from '../../web/mails.ts'
import { describeSpace, membershipEnds } from '../account.ts'
import { text as textShape } from '../answers.ts'
import { defineMethod } from '../method.ts'
import { mandatory, mandatoryBefore, optional, text } from '../params.ts'

const since11 = { since: '1.1' } as const

export const register = defineMethod({
  name: 'auth.register',
  summary: 'Opens an account.',
  auth: 'key',
  params: {
    user_name: mandatoryBefore('1.1', text, '3 to 20 letters or digits; from version 1.1 on it may be left out, the e-mail is the user name then.'),
    full_name: mandatory(text, '3 to 20 letters and spaces; up to 100 from version 1.1 on.'),
    email: mandatory(text, 'An address that no other account has.'),
    password: optional(text, '4 to 20 characters; empty: one is made and mailed.')
  },
  errors: ['PERMISSION_DENIED', 'REGISTRATION_ERROR'],
  returns: [textShape('status')],
  async handle ({ ports, policy, params, version, now, publicUrl, refuse }) {
    if (!policy.isRegistrationOpen) throw refuse('PERMISSION_DENIED', 'registration is closed')
    const { full_name: fullName, email } = params
    const userName = params.user_name === '' ? undefined : params.user_name
    const password = params.password ?? ''
    const broken = findBrokenRule({ userName, fullName, email, password }, version === '1.0')
    if (broken !== undefined) throw refuse('REGISTRATION_ERROR', broken)
    const given = password === '' ? newPassword(ports.ids) : password
    const user = await addUser(ports.sql, {
      userName: userName ?? email,
      fullName,
      email,
      sealedPassword: sealUserPassword(ports.vault, given),
      plan: policy.defaultPlan,
      createdAt: now
    })
    if (user === undefined) {
      const isNameTaken = userName !== undefined && await findUser(ports.sql, userName) !== undefined
      throw refuse('REGISTRATION_ERROR', isNameTaken ? 'The user name is taken.' : 'The e-mail address is in use already.')
    }
    if (password === '') {
      await queueMails(ports, [{ to: email, ...passwordMail(publicUrl, user.userName, given) }], undefined, now)
    }
    return { status: 'ok' }
  }
})

export const createToken = defineMethod({
  name: 'auth.createToken',
  summary: 'Makes a token to log in with. It may be used for several logins.',
  auth: 'key and version',
  params: {
    app_version: optional(text, 'The version of the calling program.'),
    response_format: optional(text, 'Accepted and ignored: answers are always XML.')
  },
  errors: ['BAD_API_VERSION', 'OUTDATED_VERSION'],
  returns: [textShape('token')],
  async handle ({ ports, policy, params, apiKey, version, now }) {
    const token = newKey(ports.ids)
    await addToken(ports.sql, {
      token, apiKey, version, appVersion: params.app_version ?? '', createdAt: now, expiresAt: now + policy.tokenLifetime
    })
    return { token }
  }
})

export const login = defineMethod({
  name: 'auth.login',
  summary: 'Opens a session.',
  auth: 'token',
  params: {
    token: mandatory(text, 'From auth.createToken.'),
    user_name: mandatory(text, 'The user name or the e-mail.'),
    tokened_password: mandatory(text, 'lower(md5(token + lower(md5(password)))).')
  },
  errors: ['SESSION_BAD', 'AUTHENTICATION_FAILURE', 'PERMISSION_DENIED', 'TOO_MANY_SESSIONS'],
  returns: [
    // The session key is always the first child (observed).
    textShape('session_key'),
    textShape('user_name', since11),
    textShape('email'),
    textShape('membership_type'),
    textShape('membership_ends'),
    textShape('subscribed', since11),
    textShape('capable_upload'),
    textShape('capable_download'),
    textShape('capable_folders'),
    textShape('capable_files'),
    textShape('bandwidth_left'),
    textShape('diskspace_left'),
    textShape('diskspace_used', since11),
    textShape('points', since11)
  ],
  async handle (call) {
    const { ports, policy, params, token, now, refuse } = call
    const user = await findUser(ports.sql, params.user_name)
    const isProven = provesPassword(ports.vault, user?.sealedPassword, token.token, params.tokened_password)
    if (user === undefined || !isProven) throw refuse('AUTHENTICATION_FAILURE')
    if (user.isDisabled) throw refuse('PERMISSION_DENIED', 'the account is disabled')
    const session = { key: newKey(ports.ids), version: token.version, lastUsedAt: now }
    const isOpen = await addSession(ports.sql, session, user.id, planOf(user, policy).sessions, now - policy.sessionIdle)
    if (!isOpen) throw refuse('TOO_MANY_SESSIONS')
    return {
      session_key: session.key,
      // The full name stands here (observed).
      user_name: user.fullName,
      email: user.email,
      membership_type: user.plan,
      membership_ends: membershipEnds(user, token.version, now),
      subscribed: 0,
      capable_upload: 1,
      capable_download: 1,
      capable_folders: 1,
      capable_files: 1,
      ...await describeSpace(user, call),
      diskspace_used: user.bytesStored,
      points: 0
    }
  }
})

export const checkSession = defineMethod({
  name: 'auth.checkSession',
  summary: 'Tells whether a session still lives.',
  auth: 'known session',
  params: {},
  errors: ['SESSION_BAD', 'SESSION_NOT_AUTH'],
  returns: [textShape('session'), textShape('bandwidth_left'), textShape('diskspace_left')],
  async handle (call) {
    return { session: call.isExpired ? 'expired' : 'ok', ...await describeSpace(call.user, call) }
  }
})

export const logout = defineMethod({
  name: 'auth.logout',
  summary: 'Ends a session.',
  auth: 'session',
  params: {},
  errors: ['SESSION_BAD'],
  returns: [textShape('status')],
  async handle ({ ports, session }) {
    await removeSession(ports.sql, session.key)
    return { status: 'ok' }
  }
})
