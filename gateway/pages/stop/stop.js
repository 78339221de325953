/* Stops somebody's messages by the mark in the page's address, in one step and only when he asks: what merely
   looks at a link, as previews do, stops nothing. ES5, for whatever phone there is. */
(function () {
  'use strict'

  var texts = window.STOP_TEXTS
  var main = document.getElementById('stop')
  var mark = location.pathname.replace(/\/+$/, '').split('/').pop()

  function element(name, text) {
    var made = document.createElement(name)
    made.textContent = text
    return made
  }

  var said = element('p', texts.asking)
  said.setAttribute('role', 'status')
  var button = element('button', texts.stop)
  button.type = 'button'

  function show(state) {
    main.setAttribute('data-state', state)
    said.textContent = texts[state]
    button.hidden = state === 'stopped' || state === 'unknown'
    button.disabled = state === 'stopping'
  }

  button.onclick = function () {
    var request = new XMLHttpRequest()
    request.open('POST', '/api/v1/message-stops')
    request.setRequestHeader('Content-Type', 'application/json')
    request.timeout = 15000
    request.onload = function () {
      if (request.status === 200) show('stopped')
      else show(request.status === 404 || request.status === 422 ? 'unknown' : 'failed')
    }
    request.onerror = request.ontimeout = function () { show('failed') }
    show('stopping')
    request.send(JSON.stringify({ mark: mark }))
  }

  main.appendChild(element('h1', texts.title))
  main.appendChild(said)
  main.appendChild(button)
})()
