/** Which parameters, form fields, XML elements and attributes hold secrets. */

const SECRET_NAMES = new Set(['session_key', 'token', 'tokened_password', 'password', 'filepassword', 'request_password', 'new_password', 'old_password', 'extra_info', 'upload_identifier', 'invitation'])

/** Whether the API has a secret under this name. `amp;` precedes names that a client has not unescaped. */
export const isSecretName = (name: string): boolean => SECRET_NAMES.has(name.toLowerCase().replace(/^(?:amp;)+/, ''))

/** Includes names of other servers: in a file that is shared, it is better to hide too much than too little. */
export const mayBeSecretName = (name: string): boolean =>
  isSecretName(name) || /pass(?:word|wd|phrase)|token|secret|cookie|authori[sz]ation|credential|api[_-]?key|session[_-]?(?:key|id)|(?:access|upload|edit|delete|private)[_-]?key|^(?:sid|phpsessid)$/i.test(name)
