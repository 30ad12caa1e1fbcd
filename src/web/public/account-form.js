/** On the form of an account a number chooses a unit for itself, and a ticked box the choice that it belongs to. */
const UNIT_LESS = ['plan', 'unlimited']

for (const unit of document.querySelectorAll('select[data-for]')) {
  document.getElementById(unit.dataset.for).addEventListener('input', ({ target }) => {
    if (target.value !== '' && UNIT_LESS.includes(unit.value)) unit.value = unit.dataset.unit
  })
  // And without a unit there is no number.
  unit.addEventListener('change', () => {
    if (UNIT_LESS.includes(unit.value)) document.getElementById(unit.dataset.for).value = ''
  })
}

for (const box of document.querySelectorAll('[name^=can_]')) {
  box.addEventListener('change', () => { document.querySelector('[name=capabilities][value=these]').checked = true })
}
document.querySelector('[name=capabilities][value=plan]').addEventListener('change', () => {
  for (const box of document.querySelectorAll('[name^=can_]')) box.checked = false
})
