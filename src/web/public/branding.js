/** Colours by a palette beside their fields, which say what is sent. */
for (const picker of document.querySelectorAll('[data-picks]')) {
  const field = document.getElementById(picker.dataset.picks)
  picker.addEventListener('input', () => { field.value = picker.value })
  field.addEventListener('input', () => { if (/^#[0-9a-f]{6}$/i.test(field.value)) picker.value = field.value })
}
