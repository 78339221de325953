/* The public page of a draw (阳光派工): reads the record, has it worked out again on this phone, and shows both. ES5. */
(function (root) {
  'use strict';

  var texts = root.YIZHAN_TEXTS;
  var document = root.document;
  var host = document.getElementById('draw');
  var REFRESH_SECONDS = 15;
  var found = /^\/draw\/(\d{6,20})\/(\d{4}-\d\d-\d\d)\/?$/.exec(root.location.pathname);
  var station = found ? found[1] : '';
  var day = found ? found[2] : '';
  var address = '/api/v1/stations/' + station + '/draws/' + day;
  var subtle = root.crypto && root.crypto.subtle || null;
  var verify = root.YizhanVerify(subtle);
  var at = {};
  var record = null;
  var place = {};

  function fill(template, values) {
    return template.replace(/\{(\w+)\}/g, function (whole, name) {
      return Object.prototype.hasOwnProperty.call(values, name) ? String(values[name]) : whole;
    });
  }

  function make(name, className, parent, text) {
    var element = document.createElement(name);
    element.className = className;
    if (text) { element.textContent = text; }
    parent.appendChild(element);
    return element;
  }

  function countyTime(text) {
    var local = new Date(Date.parse(text) + 8 * 3600000);
    return local.toISOString().slice(11, 16);
  }

  function dateText() {
    var parts = day.split('-').map(Number);
    return fill(texts.date, { year: parts[0], month: parts[1], day: parts[2] });
  }

  // --- the page ---------------------------------------------------------------------------------------------

  function block(title) {
    var section = make('section', 'block', host);
    section.heading = make('h2', '', section, title);
    return section;
  }

  function build() {
    var head = make('header', 'head', host);
    make('h1', '', head, texts.title);
    at.where = make('p', 'where', head);
    make('p', 'where', head, dateText());
    at.verdict = make('section', 'verdict', host);
    at.verdict.setAttribute('role', 'status');
    at.verdictTitle = make('div', 'verdict-title', at.verdict);
    at.verdictSay = make('p', 'verdict-say', at.verdict, texts.loading);
    at.again = make('button', 'again', at.verdict, texts.again);
    at.again.type = 'button';
    at.again.onclick = load;
    make('p', 'lead', host, texts.lead);
    var mine = at.mineBlock = make('section', 'block', host);
    var label = make('label', 'mine', mine, texts.mine);
    at.mine = make('input', 'mine-input', label);
    at.mine.setAttribute('placeholder', texts.minePlaceholder);
    at.mine.setAttribute('autocapitalize', 'characters');
    at.mine.setAttribute('autocomplete', 'off');
    at.mine.maxLength = 4;
    at.mine.oninput = paintMine;
    at.minePlace = make('p', 'mine-place', mine);
    at.minePlace.setAttribute('role', 'status');
    at.queueBlock = block('');
    at.queue = make('ol', 'queue', at.queueBlock);
    at.overridesBlock = block('');
    at.overrides = make('div', 'overrides', at.overridesBlock);
    at.proofBlock = block(texts.proofTitle);
    at.commitment = proof(texts.commitment, 'commitment');
    at.digest = proof(texts.digest, 'digest');
    at.seed = proof(texts.seed, 'seed');
    var how = make('details', 'block', host);
    make('summary', '', how, texts.howTitle);
    texts.how.forEach(function (line) { make('p', '', how, line); });
    make('p', 'limits', how, texts.limits);
    var data = make('section', 'block data', host);
    var link = make('a', 'data-link', data, texts.data);
    link.href = address;
    make('p', '', data, texts.dataSay);
    make('p', 'reckoned', data, texts.reckonedBy[subtle ? 'browser' : 'own']);
  }

  function proof(title, testId) {
    var part = make('div', 'proof', at.proofBlock);
    make('h3', '', part, title);
    var value = make('div', 'hash', part);
    value.setAttribute('data-testid', testId);
    return { value: value, say: make('p', 'proof-say', part) };
  }

  function putProof(part, value, say) {
    part.value.textContent = value || texts.notYet;
    part.value.setAttribute('data-value', value || '');
    part.say.textContent = say;
  }

  // --- what is known ------------------------------------------------------------------------------------------

  function verdict(state, title, say) {
    host.setAttribute('data-state', state);
    at.verdictTitle.textContent = title;
    at.verdictSay.textContent = say;
  }

  function paintVerdict(outcome) {
    host.setAttribute('data-fault', outcome.fault || '');
    if (!outcome.fault) {
      verdict('sound', texts.verdicts.sound, fill(texts.says.sound, { count: outcome.queue.length }));
    } else if (outcome.fault === 'no_seed') {
      verdict('waiting', texts.verdicts.no_seed, texts.says[record.closed_at ? 'closed' : 'committed']);
    } else {
      verdict('wrong', texts.wrong, texts.says[outcome.fault] + texts.wrongAsk);
    }
  }

  /** The queue as this phone worked it out; what the station published where that went wrong. */
  function paintQueue(outcome) {
    var weights = {};
    var late = {};
    var moved = {};
    record.tickets.forEach(function (ticket) { weights[ticket.number] = ticket.weight; });
    record.late.forEach(function (ticket) { late[ticket.number] = countyTime(ticket.arrived_at); });
    record.overrides.forEach(function (change) { moved[change.ticket] = true; });
    var drawn = record.seed !== null;
    var numbers = drawn ? outcome.queue || record.queue : record.tickets.map(function (ticket) { return ticket.number; });
    place = {};
    at.queueBlock.heading.textContent = drawn ? texts.queueTitle : texts.listTitle;
    at.queueBlock.style.display = numbers.length ? '' : 'none';
    at.queue.textContent = '';
    numbers.forEach(function (number, index) {
      var item = make('li', 'ticket', at.queue);
      item.setAttribute('data-number', number);
      place[number] = index + 1;
      if (drawn) { make('span', 'ticket-place', item, String(index + 1)); }
      make('span', 'ticket-number', item, number);
      if (weights[number] > 1) { make('span', 'tag weight', item, fill(texts.weight, { weight: weights[number] })); }
      if (late[number]) { make('span', 'tag late', item, fill(texts.late, { time: late[number] })); }
      if (moved[number]) { make('span', 'tag moved', item, texts.moved); }
    });
  }

  function paintOverrides() {
    at.overridesBlock.style.display = record.seed === null ? 'none' : '';
    at.overridesBlock.heading.textContent = fill(texts.overridesTitle, { count: record.overrides.length });
    at.overrides.textContent = '';
    if (!record.overrides.length) { make('p', '', at.overrides, texts.noOverrides); }
    record.overrides.forEach(function (change) {
      var line = make('div', 'override', at.overrides);
      make('b', '', line, fill(texts.override, change));
      make('span', 'override-time', line, countyTime(change.at));
      make('p', '', line, change.reason);
    });
  }

  function paintMine() {
    var number = at.mine.value.trim().toUpperCase();
    var known = place[number];
    var drawn = record && record.seed !== null;
    var text = known ? (drawn ? texts.minePlace : texts.mineListed) : texts.mineUnknown;
    at.minePlace.textContent = number.length === 4 ? fill(text, { number: number, place: known }) : '';
    Array.prototype.forEach.call(at.queue.children, function (item) {
      item.setAttribute('data-mine', item.getAttribute('data-number') === number ? 'yes' : 'no');
    });
  }

  function paint(outcome) {
    paintVerdict(outcome);
    paintQueue(outcome);
    paintOverrides();
    putProof(at.commitment, record.commitment, texts.commitmentSay);
    putProof(at.digest, record.tickets_sha256, record.closed_at
      ? fill(texts.digestSay, { time: countyTime(record.closed_at) }) : '');
    putProof(at.seed, record.seed, record.seed ? texts.seedSay : '');
    paintMine();
  }

  // --- reading ------------------------------------------------------------------------------------------------

  function get(path, done, failed) {
    var request = new root.XMLHttpRequest();
    request.open('GET', path);
    request.timeout = 15000;
    request.onload = function () {
      var answer = null;
      try { answer = JSON.parse(request.responseText); } catch (error) { failed(0); return; }
      if (request.status === 200) { done(answer); } else { failed(request.status); }
    };
    request.onerror = request.ontimeout = function () { failed(0); };
    request.send();
  }

  function hear(answer) {
    record = answer;
    verify.check(answer).then(function (outcome) {
      paint(outcome);
      if (outcome.fault === 'no_seed') { root.setTimeout(loadWhenSeen, REFRESH_SECONDS * 1000); }
    });
  }

  function load() {
    get(address, hear, function (status) {
      // What stands is kept: it was checked, and a moment without network changes nothing of it.
      if (record) { root.setTimeout(loadWhenSeen, REFRESH_SECONDS * 1000); return; }
      var gone = status === 404 || status === 422;
      verdict('none', texts.verdicts[gone ? 'not_found' : 'offline'], texts.says[gone ? 'not_found' : 'offline']);
    });
  }

  function loadWhenSeen() {
    if (document.visibilityState === 'hidden') { root.setTimeout(loadWhenSeen, REFRESH_SECONDS * 1000); return; }
    load();
  }

  build();
  load();
  get('/api/v1/stations/' + station, function (answer) {
    at.where.textContent = answer.facts.name_plate;
    document.title = texts.title + ' · ' + answer.facts.short_name;
  }, function () { /* the date alone will do */ });
}(this));
