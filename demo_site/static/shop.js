// The shop's own script: everything it says to goodword is here.

// Calls made before gw.js has loaded wait in this queue.
window.goodword = window.goodword || function () {
  (window.goodword.q = window.goodword.q || []).push(arguments)
}

const greeting = document.querySelector('[data-greeting]')
if (greeting) {
  window.goodword('ready', visit => {
    if (!visit.name) return
    greeting.textContent = `${visit.name} sent you. Welcome.`
    greeting.classList.add('greeting')
  })
}

// The form is not held back: the tag writes the lead down before the page goes, and delivers it
// from the next page if this one is too short.
const signUp = document.querySelector('[data-sign-up]')
if (signUp) {
  signUp.addEventListener('submit', () => {
    const { email, name } = signUp.elements
    window.goodword('lead', { email: email.value.trim(), name: name.value.trim() })
  })
}

const total = document.querySelector('[data-total]')
const quantity = document.querySelector('#quantity')
if (total && quantity) {
  const show = () => {
    if (!quantity.validity.valid) return
    total.textContent = `€${(total.dataset.price * quantity.value / 100).toFixed(2)}`
  }
  quantity.addEventListener('input', show)
  show()
}
