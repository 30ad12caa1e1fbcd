/** Completes the last of several addresses: a browser's list completes only a whole field. */
const field = document.querySelector('#to')
const list = document.querySelector('#contacts')
const contacts = [...list.options].map(({ value, textContent }) => ({ value, textContent }))

field.addEventListener('input', () => {
  const before = field.value.slice(0, field.value.lastIndexOf(',') + 1)
  const taken = new Set(before.split(',').map(email => email.trim().toLowerCase()))
  const start = before === '' ? '' : `${before} `
  list.replaceChildren(...contacts.filter(({ value }) => !taken.has(value.toLowerCase())).map(({ value, textContent }) =>
    Object.assign(document.createElement('option'), { value: start + value, textContent })))
})
