/* The screen page's second half: people who look for work, the day's queue, the draw, what is read aloud, and
 * which pane has its turn. Pure functions of what a screen knows, beside screen.js; ES5, no build.
 *
 * YizhanDay.make(tools) makes them, YizhanDay.Panes what paints them. tools: functions of screen.js. */
(function (root) {
  'use strict';

  var JOB_PAGES_IN_A_ROW = 2;
  var NUMBERS_AHEAD = 6;
  var TRADES_SHOWN = 6;
  var CALLS_SHOWN = 3;
  var REASONS_SHOWN = 2;
  var CALL_FRESH_SECONDS = 300;
  var MESSAGE_SECONDS = 8;
  var CARDS_WITHOUT_BOARD_SECONDS = 60;

  function make(tools) {
    var fill = tools.fill;

    // The state's members of the day, and their order; tests hold this against services/board's view.

    function byNewest(a, b) { return a.id < b.id ? 1 : (a.id > b.id ? -1 : 0); }

    function byLastCall(a, b) {
      var gap = tools.instant(b.at) - tools.instant(a.at);
      return gap || (a.number < b.number ? -1 : (a.number > b.number ? 1 : 0));
    }

    function byLastTold(a, b) {
      var gap = tools.instant(b.at) - tools.instant(a.at);
      return gap || (a.id < b.id ? -1 : (a.id > b.id ? 1 : 0));
    }

    function without(items, key, value) {
      return items.filter(function (item) { return item[key] !== value; });
    }

    /** What a change of the day or of a card does to a state, which is a copy of its own; whether it is one. */
    function apply(state, change) {
      switch (change.op) {
        case 'put_card':
          state.cards = without(state.cards, 'id', change.card.id).concat([change.card]).sort(byNewest);
          return true;
        case 'drop_card': state.cards = without(state.cards, 'id', change.id); return true;
        case 'set_waiting': state.waiting = change.waiting; return true;
        case 'put_call':
          state.called = without(state.called, 'number', change.call.number).concat([change.call]).sort(byLastCall);
          return true;
        case 'drop_call': state.called = without(state.called, 'number', change.number); return true;
        case 'set_draw': state.draw = change.draw; return true;
        case 'put_message':
          state.messages = without(state.messages, 'id', change.message.id).concat([change.message]).sort(byLastTold);
          return true;
        case 'drop_message': state.messages = without(state.messages, 'id', change.id); return true;
        default: return false;
      }
    }

    /** The numbers that these changes call: {number, date, at}. A number that was held so often is none. */
    function calls(state, changes) {
      var held = {};
      state.called.forEach(function (call) { held[call.date + call.number] = call.times; });
      return changes.filter(function (change) {
        return change.op === 'put_call' && change.call.times > (held[change.call.date + change.call.number] || 0);
      }).map(function (change) { return change.call; });
    }

    /** Whether a call may still be shown large: of the last minutes, on the server's clock. */
    function isFreshCall(call, now) {
      return now !== null && Math.abs(now - tools.instant(call.at)) < CALL_FRESH_SECONDS * 1000;
    }

    function isoDay(now) {
      var shifted = new Date(now + 8 * 3600000);
      return shifted.toISOString().slice(0, 10);
    }

    // Wording.

    function daysText(days, texts) {
      var sorted = days.slice().sort();
      var last = sorted[sorted.length - 1];
      if (sorted.length === 7) { return texts.everyDay; }
      if (sorted.join() === '6,7') { return texts.weekend; }
      if (sorted.length > 2 && last - sorted[0] === sorted.length - 1) {
        return fill(texts.daysFromTo, { from: texts.shortDays[sorted[0] - 1], to: texts.shortDays[last - 1] });
      }
      return texts.week + sorted.map(function (day) { return texts.shortDays[day - 1]; })
        .join(sorted.length > 3 ? '' : texts.listSign);
    }

    function groups(hex, size) {
      var found = [];
      var at;
      for (at = 0; hex && at < hex.length; at += size) { found.push(hex.slice(at, at + size)); }
      return found;
    }

    function cardView(card, context) {
      var widths = context.cardWidths;
      var elsewhere = !context.station || card.station !== context.station.code;
      var trades = card.trades.join(' · ');
      return {
        id: card.id,
        called: card.called,
        calledFit: tools.fit(card.called, widths.called, context.types.called),
        age: card.age_band,
        trades: trades,
        tradesFit: tools.fit(trades, widths.trades, context.types.trades),
        days: daysText(card.days, context.texts),
        from: elsewhere ? card.from_station : ''
      };
    }

    /** One page of cards: {cards, first, next, page, pages}. anchor: the id at the page's head. */
    function cardPage(cards, capacity, anchor) {
      var index = 0;
      var pages = Math.max(1, Math.ceil(cards.length / capacity));
      while (anchor && index < cards.length && cards[index].id > anchor) { index += 1; }
      if (index >= cards.length) { index = 0; }
      var page = Math.floor(index / capacity);
      return {
        cards: cards.slice(page * capacity, (page + 1) * capacity),
        next: (cards[(page + 1) * capacity] || cards[0] || { id: null }).id,
        page: page + 1,
        pages: pages
      };
    }

    /** Whether cards may be shown: a screen that has not heard of its board for a while cannot know who has
     * withdrawn his consent meanwhile. */
    function mayShowCards(given) {
      return given.live || (given.heard && given.mono - given.cutOffSince < CARDS_WITHOUT_BOARD_SECONDS * 1000);
    }

    function tradesOf(waiting, texts) {
      var shown = waiting.by_trade.slice(0, TRADES_SHOWN).map(function (count) {
        return { trade: count.trade, people: count.people };
      });
      var counted = shown.reduce(function (sum, count) { return sum + count.people; }, 0);
      if (waiting.people > counted && shown.length) {
        shown.push({ trade: texts.otherTrades, people: waiting.people - counted });
      }
      return shown;
    }

    function drawView(draw, station, now, texts) {
      var stage = draw.seed ? 'drawn' : (draw.closed_at ? 'closed' : 'committed');
      var numbers = { tickets: draw.tickets, late: draw.late, overridden: draw.overridden };
      return {
        stage: stage,
        stageText: texts.drawStages[stage],
        totals: fill(texts.drawTotals[stage], numbers),
        say: texts.drawSays[stage],
        steps: ['committed', 'closed', 'drawn'].map(function (step, index, all) {
          return { text: texts.drawSteps[step], done: index <= all.indexOf(stage) };
        }),
        commitment: draw.commitment,
        digest: draw.tickets_sha256 || '',
        seed: draw.seed || '',
        closed: draw.closed_at ? tools.clockText(tools.instant(draw.closed_at)) : '',
        list: draw.closed_at ? fill(draw.late ? texts.drawListLate : texts.drawList, numbers) : '',
        overrides: draw.overrides.slice(0, REASONS_SHOWN).map(function (one) {
          return { what: fill(texts.override, one), reason: one.reason };
        }),
        overridden: draw.overridden,
        picture: '/draw/' + station + '/' + draw.date + '/qr.svg'
      };
    }

    /** What is told by number at this moment: one at a time, each until its time is over or it is called. */
    function messageInTurn(state, today, now, mono) {
      var called = {};
      state.called.forEach(function (call) { called[call.date + call.number] = tools.instant(call.at); });
      return tools.inTurn(state.messages.filter(function (one) {
        var calledAt = called[one.date + one.number];
        return one.date === today && now < tools.instant(one.until) &&
          !(calledAt !== undefined && calledAt >= tools.instant(one.at));
      }), MESSAGE_SECONDS, mono);
    }

    /** What is of today at this station, for its panel; null while there is nothing.
     *
     * now: ms on the server's clock, or null where it is unknown. mono: ms of the page's own steady clock. */
    function dayView(state, station, now, mono, texts) {
      var today = now === null ? '' : isoDay(now);
      var waiting = state.waiting && state.waiting.date === today ? state.waiting : null;
      var called = state.called.filter(function (call) { return call.date === today; });
      var draw = state.draw && state.draw.date === today ? state.draw : null;
      var message = now === null ? null : messageInTurn(state, today, now, mono);
      if (!called.length && !draw && !message && !(waiting && waiting.checked_in)) { return null; }
      var told = draw ? drawView(draw, station, now, texts) : null;
      return {
        label: called.length ? texts.nowCalled : texts.beforeCalls[told ? told.stage : 'open'],
        current: called.length ? called[0].number : '',
        currentTime: called.length ? tools.clockText(tools.instant(called[0].at)) : '',
        message: message ? { number: message.number, text: message.text } : null,
        earlier: called.slice(1, 1 + CALLS_SHOWN).map(function (call) { return call.number; }),
        next: waiting ? waiting.next.slice(0, NUMBERS_AHEAD) : [],
        nextTitle: waiting ? texts.nextTitles[waiting.order] : '',
        nextSay: waiting && !waiting.next.length ? (told && texts.nextBeforeDraw[told.stage]) || texts.nobodyNext : '',
        people: waiting ? waiting.people : null,
        checkedIn: waiting ? waiting.checked_in : null,
        trades: waiting ? tradesOf(waiting, texts) : [],
        draw: told
      };
    }

    // Whose turn it is. turn: {show, jobPages (since another pane was shown), other (the last of them)}.

    function firstTurn() { return { show: 'jobs', jobPages: 1, other: null }; }

    /** The turn after this one. has: {jobPages, cards, draw}: what there is to show. */
    function following(turn, has) {
      var others = ['cards', 'draw'].filter(function (pane) { return has[pane]; });
      var jobs = turn.show === 'jobs';
      if (!others.length) { return { show: 'jobs', jobPages: 1, other: turn.other }; }
      if (!jobs) { return { show: 'jobs', jobPages: 1, other: turn.other }; }
      if (turn.jobPages < Math.min(JOB_PAGES_IN_A_ROW, has.jobPages)) {
        return { show: 'jobs', jobPages: turn.jobPages + 1, other: turn.other };
      }
      var other = others[(others.indexOf(turn.other) + 1) % others.length];
      return { show: other, jobPages: 0, other: other };
    }

    // What is read aloud.

    /** A number as it is said: each digit by itself, the letter apart. */
    function spokenNumber(number, texts) {
      return number.split('').map(function (sign) {
        return texts.spokenDigits[sign] || sign;
      }).join(' ');
    }

    function spokenCall(number, texts) {
      return fill(texts.spokenCall, { number: spokenNumber(number, texts) });
    }

    function spokenJob(row, wage, texts) {
      return fill(texts.spokenJob, {
        trade: row.trade, amount: wage.amount, unit: texts.spokenUnits[row.wage.unit] || '',
        piece: row.wage.piece_name || '', missing: row.missing, place: row.place
      }).replace('{piece}', row.wage.piece_name || '');
    }

    return {
      apply: apply, calls: calls, cardPage: cardPage, cardView: cardView, dayView: dayView, daysText: daysText,
      firstTurn: firstTurn, following: following, groups: groups, isFreshCall: isFreshCall,
      mayShowCards: mayShowCards, spokenCall: spokenCall, spokenJob: spokenJob
    };
  }

  /** The elements of the panes, and how they are painted. tools: {make, put, mark, putFitted, paintItems}
   * of the page's painter; groups, fill: of the model. */
  function Panes(tools, texts, groups, fill) {
    var at = {};
    var make = tools.make;
    var put = tools.put;

    function named(name, className, parent, testId) {
      var element = make(name, className, parent);
      element.setAttribute('data-testid', testId);
      return element;
    }

    function picture(className, parent) {
      var frame = make('div', 'qr ' + className, parent);
      var image = make('img', 'qr-image', frame);
      image.alt = '';
      // Without a network and without a copy there is no picture, rather than a broken one.
      image.onerror = function () { tools.mark(frame, 'data-has', 'no'); };
      image.onload = function () { tools.mark(frame, 'data-has', 'yes'); };
      return image;
    }

    function buildPanel(parent) {
      at.day = make('aside', 'day', parent);
      var now = make('div', 'now', at.day);
      at.nowLabel = make('div', 'now-label', now);
      at.now = named('div', 'now-number', now, 'called-number');
      at.nowPeople = make('div', 'now-number', now);
      at.nowSay = make('div', 'now-say', now);
      at.told = named('div', 'told', at.day, 'number-message');
      var who = make('div', 'told-who', at.told);
      at.toldNumber = make('b', 'told-number', who);
      make('span', '', who, texts.toldNumber);
      at.toldText = make('div', 'told-text', at.told);
      var ahead = make('div', 'ahead', at.day);
      at.nextTitle = make('div', 'day-title', ahead);
      at.next = named('div', 'next', ahead, 'queue-next');
      at.nextSay = make('div', 'next-say', ahead);
      var waiting = make('div', 'waiting', at.day);
      var people = make('div', 'day-title waiting-title', waiting, texts.waitingBefore);
      at.people = named('span', 'waiting-number', people, 'waiting-people');
      make('span', '', people, texts.waitingAfter);
      at.checkedIn = make('span', 'waiting-all', people);
      at.trades = named('div', 'trades', waiting, 'waiting-trades');
      at.lot = make('div', 'lot', at.day);
      at.lotPicture = picture('lot-qr', at.lot);
      var lot = make('div', 'lot-text', at.lot);
      at.lotStage = named('div', 'lot-stage', lot, 'draw-stage');
      at.lotHash = named('div', 'hash', lot, 'draw-commitment');
    }

    function buildMain(parent) {
      at.cards = make('div', 'pane workers', parent);
      at.draw = make('div', 'pane draw', parent);
      var left = make('div', 'draw-left', at.draw);
      at.drawPicture = picture('draw-qr', left);
      make('div', 'draw-scan', left, texts.drawScan);
      var right = make('div', 'draw-right', at.draw);
      at.drawSteps = make('div', 'steps', right);
      at.drawSay = make('div', 'draw-say', right);
      var commitment = make('div', 'proof', right);
      make('div', 'proof-title', commitment, texts.commitmentTitle);
      at.drawCommitment = make('div', 'hash', commitment);
      at.digestBlock = make('div', 'proof proof-digest', right);
      at.digestTitle = make('div', 'proof-title', at.digestBlock);
      at.drawDigest = named('div', 'hash', at.digestBlock, 'draw-digest');
      at.seedBlock = make('div', 'proof', right);
      make('div', 'proof-title', at.seedBlock, texts.seedTitle);
      at.drawSeed = named('div', 'hash', at.seedBlock, 'draw-seed');
      at.overrides = named('div', 'overrides', right, 'draw-overrides');
    }

    function buildCall(parent) {
      at.call = named('div', 'call', parent, 'call-now');
      make('div', 'call-please', at.call, texts.callPlease);
      at.callNumber = make('div', 'call-number', at.call);
      make('div', 'call-to', at.call, texts.callTo);
    }

    function putHash(element, hex) {
      if (element.getAttribute('data-value') === hex) { return; }
      element.setAttribute('data-value', hex);
      element.textContent = '';
      groups(hex, 8).forEach(function (group) { make('span', 'hash-group', element, group); });
    }

    function putPicture(image, address) {
      if (image.getAttribute('data-address') !== address) {
        image.setAttribute('data-address', address);
        tools.mark(image.parentNode, 'data-has', 'no');
        image.src = address;
      }
    }

    function paintNumber(parent, number) {
      var item = make('span', 'next-number', parent, number);
      item.setAttribute('data-number', number);
    }

    function paintTrade(parent, count) {
      var item = make('span', 'trade-count', parent, count.trade + ' ');
      make('b', '', item, String(count.people));
    }

    function paintDraw(draw) {
      var shown = draw.stage === 'drawn';
      put(at.lotStage, draw.stageText);
      putHash(at.lotHash, draw.commitment);
      putPicture(at.lotPicture, draw.picture);
      putPicture(at.drawPicture, draw.picture);
      tools.paintItems(at.drawSteps, draw.steps, function (parent, step) {
        make('span', 'step', parent, step.text).setAttribute('data-done', step.done ? 'yes' : 'no');
      });
      put(at.drawSay, draw.say);
      tools.mark(at.draw, 'data-stage', draw.stage);
      tools.mark(at.draw, 'data-overridden', draw.overrides.length ? 'yes' : 'no');
      putHash(at.drawCommitment, draw.commitment);
      at.digestBlock.style.display = draw.digest ? '' : 'none';
      put(at.digestTitle, draw.list);
      putHash(at.drawDigest, draw.digest);
      at.seedBlock.style.display = shown ? '' : 'none';
      putHash(at.drawSeed, draw.seed);
      tools.paintItems(at.overrides, draw.overrides, function (parent, one) {
        var line = make('div', 'override', parent);
        make('b', '', line, one.what);
        make('span', 'override-reason', line, one.reason);
      });
    }

    function paintPanel(day) {
      tools.mark(at.day, 'data-called', day.current ? 'yes' : 'no');
      tools.mark(at.day, 'data-draw', day.draw ? day.draw.stage : 'no');
      tools.mark(at.day, 'data-waiting', day.people === null ? 'no' : 'yes');
      put(at.nowLabel, day.label);
      put(at.now, day.current);
      put(at.nowPeople, day.current ? '' : fill(texts.peopleNow, { count: day.people || 0 }));
      put(at.nowSay, day.current
        ? (day.earlier.length ? texts.earlier + day.earlier.join(' ') : '') : texts.checkingInSay);
      tools.mark(at.day, 'data-told', day.message ? 'yes' : 'no');
      put(at.toldNumber, day.message ? day.message.number : '');
      put(at.toldText, day.message ? day.message.text : '');
      put(at.nextTitle, day.nextTitle);
      tools.paintItems(at.next, day.next, paintNumber);
      put(at.nextSay, day.nextSay);
      put(at.people, day.people === null ? '' : day.people);
      put(at.checkedIn, day.checkedIn === null ? '' : fill(texts.checkedIn, { count: day.checkedIn }));
      tools.paintItems(at.trades, day.trades, paintTrade);
      if (day.draw) { paintDraw(day.draw); }
    }

    function paintCard(parent, card) {
      var item = make('div', 'worker', parent);
      item.setAttribute('data-card', card.id);
      item.setAttribute('data-testid', 'worker-card');
      var who = make('div', 'worker-who', item);
      tools.putFitted(make('span', 'worker-called', who), card.called, card.calledFit);
      make('span', 'worker-age', who, card.age);
      make('span', 'worker-days', who, card.days);
      var what = make('div', 'worker-what', item);
      tools.putFitted(make('span', 'worker-trades', what), card.trades, card.tradesFit);
      if (card.from) { make('span', 'worker-from', what, card.from); }
    }

    function paint(view) {
      if (view.day) { paintPanel(view.day); } else { forgetDay(); }
      tools.paintItems(at.cards, view.cards, paintCard);
      put(at.callNumber, view.call);
    }

    function forgetDay() {
      [at.next, at.trades, at.drawSteps, at.overrides].forEach(function (host) { tools.paintItems(host, [], null); });
      [at.lotHash, at.drawCommitment, at.drawDigest, at.drawSeed].forEach(function (host) { putHash(host, ''); });
      [at.toldNumber, at.toldText, at.now, at.nowPeople, at.nowSay, at.people, at.checkedIn, at.nextSay, at.callNumber].forEach(function (host) { put(host, ''); });
    }

    function forget() {
      forgetDay();
      tools.paintItems(at.cards, [], null);
    }
    return { at: at, buildPanel: buildPanel, buildMain: buildMain, buildCall: buildCall, paint: paint, forget: forget };
  }

  root.YizhanDay = { make: make, Panes: Panes };
  if (typeof module !== 'undefined' && module.exports) { module.exports = root.YizhanDay; }
}(this));
