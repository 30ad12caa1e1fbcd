/** Asks before something that cannot be undone; resolves with whether to do it. Escape and Cancel mean no. */
export function ask ({ title, sentence, yes, no }) {
  const dialog = document.createElement('dialog')
  dialog.className = 'question'
  dialog.setAttribute('aria-labelledby', 'question-title')
  dialog.setAttribute('aria-describedby', 'question-sentence')
  const form = Object.assign(document.createElement('form'), { method: 'dialog' })
  const row = Object.assign(document.createElement('div'), { className: 'row' })
  row.append(
    Object.assign(document.createElement('button'), { value: 'yes', textContent: yes, className: 'danger' }),
    // The careful answer is the one that Enter gives.
    Object.assign(document.createElement('button'), { value: '', textContent: no, className: 'plain', autofocus: true })
  )
  form.append(
    Object.assign(document.createElement('h2'), { id: 'question-title', textContent: title }),
    Object.assign(document.createElement('p'), { id: 'question-sentence', textContent: sentence }),
    row
  )
  dialog.append(form)
  document.body.append(dialog)
  dialog.showModal()
  return new Promise(resolve => {
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(dialog.returnValue === 'yes')
    })
  })
}
