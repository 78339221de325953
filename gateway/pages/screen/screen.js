/* The screen page of a station: ES5 scripts, no build, for boxes as old as Chromium 64. Beside this one day.js
 * has what is of the day: people who look for work, the queue, the draw, what is read aloud.
 *
 * Three parts, from pure to worldly:
 *   model    what a screen knows and shows, as pure functions (also runs under node, without a page);
 *   painter  puts a view onto the document;
 *   start    socket, storage, clock and keys: everything that happens.
 *
 * Times are milliseconds since 1970 on the server's clock ("ms") or on performance.now ("mono"); the box's
 * own wall clock is asked only once, after a cold start, for how long the box may have been off.
 */
(function (root) {
  'use strict';

  var Day = root.YizhanDay || require('./day.js');

  var PAGE = 'screen-3';
  var STATE_VERSION = 3;
  var SUBPROTOCOL = 'yizhan.board.v1';
  var SILENCE_SECONDS = 25;
  var CONNECT_SECONDS = 10;
  var RETRY_CAP_SECONDS = 20;
  var QUICK_RETRIES = 4;
  var SLOW_RETRY_SECONDS = 60;
  var HEALTH_SECONDS = 40;
  var DWELL_SECONDS = 15;
  var FRESH_SECONDS = 30;
  var FRESH_PUBLISHED_WITHIN_SECONDS = 3600;
  var NOTICE_SECONDS = 15;
  var BRANCH_SECONDS = 15;
  var BRANCHES_AT_ONCE = 6;
  var ROWS_BESIDE_FAIRS = 3;
  var SLOGAN_SECONDS = 20;
  var CALL_SECONDS = 10;
  var SPOKEN_JOB_SECONDS = 45;
  var CUT_OFF_GRACE_SECONDS = 3;
  var CONTACT_SAVED_EVERY_SECONDS = 60;
  var UNPAINTED_TICKS_BEFORE_RELOAD = 60;
  var PLAUSIBLE_OFF_SECONDS = 7 * 86400;

  // --- model: pure ------------------------------------------------------------------------------------

  var model = (function () {
    var MINUTE = 60000;
    var HOUR = 60 * MINUTE;
    var DAY = 24 * HOUR;
    var COUNTY_OFFSET = 8 * HOUR;
    var CODE_LENGTH = 20;
    var CODE_ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

    /** RFC 3339 text to ms, with the microseconds that Date.parse drops: rows are ordered by them. */
    function instant(text) {
      var parts = /^(.{19})(?:\.(\d+))?(.*)$/.exec(text);
      var fraction = parts[2] ? Number('0.' + parts[2]) * 1000 : 0;
      return Date.parse(parts[1] + parts[3]) + fraction;
    }

    function fill(template, values) {
      return template.replace(/\{(\w+)\}/g, function (whole, name) {
        return Object.prototype.hasOwnProperty.call(values, name) ? String(values[name]) : whole;
      });
    }

    function twoDigits(number) { return (number < 10 ? '0' : '') + number; }

    /** A moment in the county's zone (UTC+8, no summer time), whatever zone the box thinks it is in. */
    function county(ms) {
      var local = new Date(ms + COUNTY_OFFSET);
      return {
        month: local.getUTCMonth() + 1,
        day: local.getUTCDate(),
        weekday: local.getUTCDay(),
        hour: local.getUTCHours(),
        minute: local.getUTCMinutes(),
        dayNumber: Math.floor((ms + COUNTY_OFFSET) / DAY)
      };
    }

    function clockText(ms) {
      var at = county(ms);
      return twoDigits(at.hour) + ':' + twoDigits(at.minute);
    }

    function dateText(ms, texts) { return fill(texts.date, county(ms)); }

    // The state and its changes; tests hold this against services/board's projection.

    function emptyState() {
      return {
        station: null, rows: [], notices: [], totals: { postings: 0, hands: 0 }, fairs: [], branches: [],
        cards: [], waiting: null, called: [], draw: null, messages: []
      };
    }

    /** A state with all its members, also one that an older board told or an older page saved. */
    function whole(state) {
      return {
        station: state.station, rows: state.rows, notices: state.notices, totals: state.totals,
        fairs: state.fairs || [], branches: state.branches || [], cards: state.cards || [],
        waiting: state.waiting || null, called: state.called || [], draw: state.draw || null,
        messages: state.messages || []
      };
    }

    function bySortKey(momentField) {
      return function (a, b) {
        var gap = instant(a[momentField]) - instant(b[momentField]);
        if (gap !== 0) { return gap; }
        return a.id < b.id ? -1 : (a.id > b.id ? 1 : 0);
      };
    }
    var byStart = bySortKey('starts_at');
    var byValidity = bySortKey('valid_from');
    var byOpening = bySortKey('opens_at');

    function byPostings(a, b) {
      var gap = b.postings - a.postings || b.hands - a.hands;
      return gap || (a.station < b.station ? -1 : (a.station > b.station ? 1 : 0));
    }

    function without(items, id) {
      return items.filter(function (item) { return item.id !== id; });
    }

    function withoutStation(branches, station) {
      return branches.filter(function (branch) { return branch.station !== station; });
    }

    function applyChange(state, change) {
      var next = whole(state);
      switch (change.op) {
        case 'put_row':
          next.rows = without(state.rows, change.row.id).concat([change.row]).sort(byStart);
          break;
        case 'drop_row': next.rows = without(state.rows, change.id); break;
        case 'put_notice':
          next.notices = without(state.notices, change.notice.id).concat([change.notice]).sort(byValidity);
          break;
        case 'drop_notice': next.notices = without(state.notices, change.id); break;
        case 'set_station': next.station = change.station; break;
        case 'set_totals': next.totals = change.totals; break;
        case 'put_fair':
          next.fairs = without(next.fairs, change.fair.id).concat([change.fair]).sort(byOpening);
          break;
        case 'drop_fair': next.fairs = without(next.fairs, change.id); break;
        case 'put_branch':
          next.branches = withoutStation(next.branches, change.branch.station)
            .concat([change.branch]).sort(byPostings);
          break;
        case 'drop_branch': next.branches = withoutStation(next.branches, change.station); break;
        default: day.apply(next, change); // false for a newer server's change that this page cannot show
      }
      return next;
    }

    /** state after the changes of one delta; neither argument is modified. */
    function applyChanges(state, changes) { return changes.reduce(applyChange, state); }

    /** What a message does to what is held: {held, outcome, arrived, called}.
     *
     * outcome: 'current' (paint, and the screen is up to date), 'resync' (something is missing: hello
     * again on a new connection), 'refused', 'ignored'. arrived: ids of rows that were not there before; called:
     * numbers that were called. */
    function hear(held, message) {
      function result(outcome, next, arrived, called) {
        return { held: next || held, outcome: outcome, arrived: arrived || [], called: called || [] };
      }
      switch (message.type) {
        case 'snapshot':
          return result('current', {
            epoch: message.epoch, offset: message.offset, state: whole(message.state)
          });
        case 'delta':
          if (!held || message.epoch !== held.epoch || message.offset !== held.offset + 1) {
            return result('resync');
          }
          return result('current', {
            epoch: held.epoch, offset: message.offset, state: applyChanges(held.state, message.changes)
          }, arrivals(held.state, message.changes), day.calls(held.state, message.changes));
        case 'heartbeat':
          if (!held || message.epoch !== held.epoch || message.offset !== held.offset) {
            return result('resync');
          }
          return result('current');
        case 'refused': return result('refused');
        default: return result('ignored');
      }
    }

    function arrivals(state, changes) {
      var known = {};
      state.rows.forEach(function (row) { known[row.id] = true; });
      return changes.filter(function (change) {
        return change.op === 'put_row' && !known[change.row.id];
      }).map(function (change) { return change.row.id; });
    }

    // The server's time, carried on by the monotonic clock. kind: 'server' (told by the server), 'wall'
    // (guessed after a cold start from the box's clock), 'floor' (it is at least this late; unknown otherwise).

    function clockOf(kind, ms, mono) { return { kind: kind, ms: ms, mono: mono, doubted: null }; }

    function timeAt(clock, mono) { return clock ? clock.ms + (mono - clock.mono) : null; }

    /** A message that waited in a queue tells too early a time, so a step back counts only when told twice. */
    function clockFromServer(clock, serverMs, mono) {
      if (!clock || clock.kind !== 'server') { return clockOf('server', serverMs, mono); }
      var step = serverMs - timeAt(clock, mono);
      if (step >= 0) { return clockOf('server', serverMs, mono); }
      if (step > -2000) { return clock; }
      if (clock.doubted !== null && Math.abs(step - clock.doubted) < 2000) {
        return clockOf('server', serverMs, mono);
      }
      return { kind: 'server', ms: clock.ms, mono: clock.mono, doubted: step };
    }

    /** contact: {server_ms, wall_ms}, both read at the last word from the server before the box went off. */
    function clockAfterColdStart(contact, wallMs, mono) {
      var off = wallMs - contact.wall_ms;
      var plausible = off >= 0 && off <= PLAUSIBLE_OFF_SECONDS * 1000;
      return clockOf(plausible ? 'wall' : 'floor', contact.server_ms + (plausible ? off : 0), mono);
    }

    /** It is at least `ms` now: something that happened then has been told. */
    function clockNotBefore(clock, ms, mono) {
      if (!clock) { return clockOf('floor', ms, mono); }
      return clock.kind === 'server' || timeAt(clock, mono) >= ms ? clock : clockOf(clock.kind, ms, mono);
    }

    // Wording.

    function yuan(fen) { return String(fen / 100); }

    function wageText(wage, texts) {
      var amount = yuan(wage.fen);
      if (wage.max_fen) { amount = fill(texts.wageRange, { from: amount, to: yuan(wage.max_fen) }); }
      return { amount: amount, unit: fill(texts.wageUnits[wage.unit] || '', { piece: wage.piece_name }) };
    }

    /** When work starts: {day, time, soon}. sure: whether `now` may be trusted for 今天 and 明天. */
    function startText(startMs, now, sure, texts) {
      var days = county(startMs).dayNumber - county(now).dayNumber;
      if (!sure) { return { day: dateText(startMs, texts), time: clockText(startMs), soon: false }; }
      if (days === 0) { return { day: texts.today, time: clockText(startMs), soon: true }; }
      if (days === 1) { return { day: texts.tomorrow, time: clockText(startMs), soon: false }; }
      if (days < 0) { return { day: texts.underWay, time: '', soon: true }; }
      return { day: dateText(startMs, texts), time: '', soon: false };
    }

    function perks(row, texts) {
      var found = [];
      if (row.meals && row.lodging) { found.push(texts.mealsAndLodging); }
      if (row.meals && !row.lodging) { found.push(texts.meals); }
      if (row.lodging && !row.meals) { found.push(texts.lodging); }
      if (row.transport) { found.push(texts.transport); }
      if (row.overflow) { found.push(texts.overflow[row.overflow] || ''); }
      return found;
    }

    function ageText(ageMs, texts) {
      if (ageMs < MINUTE) { return texts.ageMoments; }
      if (ageMs < HOUR) { return fill(texts.ageMinutes, { count: Math.floor(ageMs / MINUTE) }); }
      if (ageMs < 2 * DAY) { return fill(texts.ageHours, { count: Math.floor(ageMs / HOUR) }); }
      return fill(texts.ageDays, { count: Math.floor(ageMs / DAY) });
    }

    /** How long ago somebody made sure of a job: '' when that is not known. */
    function checkedText(row, now, texts) {
      if (row.stale) { return texts.checkedStale; }
      if (now === null || !row.verified_at) { return ''; }
      var age = Math.max(0, now - instant(row.verified_at));
      if (age < MINUTE) { return texts.checkedNow; }
      if (age < HOUR) { return fill(texts.checkedMinutes, { count: Math.floor(age / MINUTE) }); }
      if (age < 2 * DAY) { return fill(texts.checkedHours, { count: Math.floor(age / HOUR) }); }
      return fill(texts.checkedDays, { count: Math.floor(age / DAY) });
    }

    /** A fair's day and hours: {day, hours}. */
    function fairTime(fair, now, sure, texts) {
      var opens = instant(fair.opens_at);
      var closes = instant(fair.closes_at);
      var from = county(opens);
      var days = from.dayNumber - county(now).dayNumber;
      var day = sure && days === 0 ? texts.today : (sure && days === 1 ? texts.tomorrow
        : dateText(opens, texts) + ' ' + texts.weekdays[from.weekday]);
      var end = county(closes).dayNumber === from.dayNumber ? clockText(closes) : dateText(closes, texts);
      if (sure && opens <= now) { return { day: texts.fairOpen, hours: fill(texts.fairUntil, { end: end }) }; }
      return { day: day, hours: fill(texts.fairHours, { from: clockText(opens), to: end }) };
    }

    function fairView(fair, context) {
      var texts = context.texts;
      var time = fairTime(fair, context.now, context.sure, texts);
      var companies = fair.companies ? fill(texts.fairCompanies, { count: fair.companies }) : '';
      return {
        id: fair.id,
        day: time.day,
        hours: time.hours,
        title: fair.title,
        place: fair.place,
        companies: companies,
        line: [time.day + ' ' + time.hours, fair.title, fair.place, companies].filter(Boolean).join(' · ')
      };
    }

    /** HH:MM, with its date unless it is surely of today. */
    function momentText(ms, now, sure, texts) {
      var sameDay = sure && county(ms).dayNumber === county(now).dayNumber;
      return sameDay ? clockText(ms) : dateText(ms, texts) + ' ' + clockText(ms);
    }

    function cutOffText(confirmedMs, clock, now, texts) {
      if (confirmedMs === null) { return texts.cutOffWithoutState; }
      var sure = clock.kind === 'server';
      var values = { time: momentText(confirmedMs, now, sure, texts), age: ageText(now - confirmedMs, texts) };
      if (clock.kind === 'floor') { return fill(texts.cutOff, values); }
      if (!sure) { values.age = fill(texts.aboutAge, { age: values.age }); }
      return fill(texts.cutOffWithAge, values);
    }

    // Type sizes. Widths are estimated rather than measured, so that a page is laid out in one go.

    function emWidth(text) {
      var width = 0;
      var index;
      var unit;
      for (index = 0; index < text.length; index += 1) {
        unit = text.charCodeAt(index);
        if (unit >= 0x2000 && unit !== 0x2013) {
          width += 1;
        } else if (/[ .,:;'|]/.test(text.charAt(index))) {
          width += 0.32;
        } else if (/[A-Z@%&mwMW]/.test(text.charAt(index))) {
          width += 0.85;
        } else {
          width += 0.6;
        }
      }
      return width;
    }

    /** How large a text can stand: {size (rem), wraps}.
     *
     * type: {max, min, wrapped: {lines, max, min}}. On one line from max down to min; a text too long for that
     * goes on several lines as large as they hold it, and is cut off with an ellipsis if even `min` is too large. */
    function fit(text, width, type) {
      var ems = Math.max(emWidth(text), 0.1);
      var size = Math.floor(100 * width / ems) / 100;
      if (size >= type.min) { return { size: Math.min(size, type.max), wraps: false }; }
      size = type.wrapped.max;
      while (size > type.wrapped.min && type.wrapped.lines * Math.floor(width / size) < ems + 1) {
        size = Math.round(100 * size - 1) / 100;
      }
      return { size: size, wraps: true };
    }

    function typeOf(max, min, lines, wrappedMax, wrappedMin) {
      return { max: max, min: min, wrapped: { lines: lines, max: wrappedMax, min: wrappedMin } };
    }

    var day = Day.make({ fill: fill, clockText: clockText, instant: instant, fit: fit, inTurn: inTurn });

    var LANDSCAPE_TYPES = {
      called: typeOf(0.52, 0.4, 1, 0.4, 0.3),
      trades: typeOf(0.4, 0.34, 1, 0.34, 0.34),
      plate: typeOf(0.64, 0.48, 2, 0.44, 0.36),
      notice: typeOf(0.44, 0.4, 2, 0.37, 0.3),
      slogan: typeOf(0.46, 0.38, 2, 0.34, 0.26)
    };
    var PORTRAIT_TYPES = {
      called: typeOf(0.62, 0.4, 1, 0.4, 0.3),
      trades: typeOf(0.48, 0.4, 1, 0.4, 0.4),
      plate: typeOf(0.64, 0.48, 2, 0.58, 0.4),
      notice: typeOf(0.44, 0.4, 3, 0.37, 0.25),
      slogan: typeOf(0.46, 0.34, 2, 0.32, 0.26)
    };

    // What to show when.

    function unexpired(rows, now) {
      return rows.filter(function (row) { return instant(row.expires_at) > now; });
    }

    /** Rows that have left by themselves are taken off the totals until the server's own count arrives. */
    function totalsNow(totals, rows, shown) {
      var hands = function (items) {
        return items.reduce(function (sum, row) { return sum + row.missing; }, 0);
      };
      return {
        postings: Math.max(shown.length, totals.postings - (rows.length - shown.length)),
        hands: Math.max(hands(shown), totals.hands - (hands(rows) - hands(shown)))
      };
    }

    function indexAtOrAfter(rows, anchor) {
      var index = 0;
      while (anchor && index < rows.length && byStart(rows[index], anchor) < 0) { index += 1; }
      return index < rows.length ? index : 0;
    }

    /** One page of rows: {rows, first, page, pages}.
     *
     * anchor: the row at the page's head when it was turned to (it may be gone by now), so that rows that
     * come and go leave the reader where he is. fresh: ids, newest first; those that stand on other pages
     * are set at the head of this one, at most a third of it, so that a new job is seen at once. */
    function arrange(rows, fresh, capacity, anchor) {
      if (rows.length <= capacity) { return { rows: rows, first: rows[0] || null, page: 1, pages: 1 }; }
      var pinned = [];
      var page = pageAround(rows, pinned, capacity, anchor);
      var unseen = firstUnseen(fresh, rows, page.rows);
      while (unseen && pinned.length < Math.floor(capacity / 3)) {
        pinned.push(unseen);
        page = pageAround(rows, pinned, capacity, anchor);
        unseen = firstUnseen(fresh, rows, page.rows);
      }
      return page;
    }

    function pageAround(rows, pinned, capacity, anchor) {
      var ordinary = rows.filter(function (row) { return pinned.indexOf(row) < 0; });
      var size = capacity - pinned.length;
      var pages = Math.max(1, Math.ceil(ordinary.length / size));
      var index = Math.floor(indexAtOrAfter(ordinary, anchor) / size);
      return {
        rows: pinned.concat(ordinary.slice(index * size, (index + 1) * size)),
        first: ordinary[index * size] || null,
        next: ordinary[(index + 1) * size] || ordinary[0] || null,
        page: index + 1,
        pages: pages
      };
    }

    function firstUnseen(fresh, rows, shown) {
      var seen = function (id) { return shown.some(function (row) { return row.id === id; }); };
      var id = fresh.filter(function (candidate) { return !seen(candidate); })[0];
      return rows.filter(function (row) { return row.id === id; })[0] || null;
    }

    function unclosed(fairs, now) {
      return fairs.filter(function (fair) { return instant(fair.closes_at) > now; });
    }

    /** One of the items at a time, each for so many seconds. */
    function inTurn(items, seconds, mono) {
      return items.length ? items[Math.floor(mono / 1000 / seconds) % items.length] : null;
    }

    function validNotices(notices, now) {
      return notices.filter(function (notice) {
        return instant(notice.valid_from) <= now && now < instant(notice.valid_until);
      });
    }

    function isOpenAt(hours, now) {
      var time = clockText(now);
      return !hours || (hours.opens <= time && time < hours.closes);
    }

    /** Dark from 19:00 to 07:00 and outside opening hours: kinder at night, and the two spare the panel. */
    function theme(facts, now) {
      if (now === null) { return 'light'; }
      var hour = county(now).hour;
      var day = hour >= 7 && hour < 19 && isOpenAt(facts && facts.opening_hours, now);
      return day ? 'light' : 'dark';
    }

    /** A few pixels in another direction each hour, against burn-in: {x, y} in px, each from -4 to 4. */
    function shift(now) {
      var hour = Math.floor((now || 0) / HOUR);
      var ring = [[0, 0], [3, -3], [-3, 3], [4, 2], [-4, -2], [2, 4], [-2, -4], [4, -4], [-4, 4]];
      var place = ring[hour % ring.length];
      return { x: place[0], y: place[1] };
    }

    function rowView(row, context) {
      var texts = context.texts;
      var widths = context.widths;
      var scale = context.scale;
      var wage = wageText(row.wage, texts);
      var settlement = texts.settlements[row.settlement] || '';
      var start = startText(instant(row.starts_at), context.now, context.sure, texts);
      var elsewhere = !context.station || row.station !== context.station.code;
      var found = perks(row, texts);
      var from = elsewhere ? row.from_station : '';
      var fresh = context.fresh.indexOf(row.id) >= 0;
      var checked = checkedText(row, context.sure ? context.now : null, texts);
      var unitWidth = 0.34 * scale * Math.max(emWidth(wage.unit), emWidth(settlement)) + 0.14;
      return {
        id: row.id,
        fresh: fresh,
        trade: row.trade,
        tradeFit: fit(row.trade, widths.trade - (fresh ? 0.56 : 0), typeOf(0.58 * scale, 0.34, 2, 0.38 * scale, 0.3)),
        amount: wage.amount,
        amountFit: fit(wage.amount, widths.wage - unitWidth, typeOf(0.64 * scale, 0.46, 2, 0.42, 0.26)),
        unit: wage.unit,
        settlement: settlement,
        missing: row.missing,
        checked: checked,
        stale: Boolean(row.stale),
        place: row.place,
        placeFit: fit(row.place, widths.place,
          typeOf(0.46 * scale, 0.4, 2, (found.length || from ? 0.32 : 0.38) * scale, 0.24)),
        perks: found,
        from: from,
        start: start,
        startFit: fit(start.day + (start.time ? ' ' + start.time : ''), widths.start,
          typeOf(0.48 * scale, 0.2, 1, 0.2, 0.2))
      };
    }

    /** Everything on the board at one moment, as plain values.
     *
     * given: {held, clock, mono, live, heard (since the start), cutOffSince (mono or null), confirmedMs, fresh
     * (ids, newest first), anchor, cardAnchor, show (the pane whose turn it is), call (a number to be shown
     * large), layout: {portrait, capacity, fewCapacity, listHeight, widths (rem)}, texts}. */
    function boardView(given) {
      var texts = given.texts;
      var state = given.held ? given.held.state : emptyState();
      var facts = state.station ? state.station.facts : null;
      var now = timeAt(given.clock, given.mono);
      var told = now !== null && given.clock.kind !== 'floor';
      var rows = now === null ? state.rows : unexpired(state.rows, now);
      var fairs = now === null ? state.fairs : unclosed(state.fairs, now);
      var fairPane = Boolean(given.held && fairs.length && rows.length <= ROWS_BESIDE_FAIRS);
      var few = rows.length <= given.layout.fewCapacity;
      var capacity = few ? given.layout.fewCapacity : given.layout.capacity;
      // One more, for the line that tells where to ask.
      if (fairPane) { capacity = ROWS_BESIDE_FAIRS + 1; }
      var rowHeight = Math.floor(1000 * given.layout.listHeight / capacity) / 1000;
      var page = arrange(rows, given.fresh, capacity, given.anchor);
      var totals = totalsNow(state.totals, state.rows, rows);
      var cutOff = !given.live && given.mono - given.cutOffSince >= CUT_OFF_GRACE_SECONDS * 1000;
      var resting = told && facts && !isOpenAt(facts.opening_hours, now);
      var context = {
        texts: texts, now: now, sure: now !== null && given.clock.kind === 'server',
        station: state.station, widths: given.layout.widths, fresh: given.fresh,
        scale: scaleOf(rowHeight, given.layout.portrait)
      };
      var types = given.layout.portrait ? PORTRAIT_TYPES : LANDSCAPE_TYPES;
      var plate = facts ? facts.name_plate : texts.defaultPlate;
      var slogan = sloganText(facts, resting, given.mono, texts);
      var shown = now === null ? [] : fairs.map(function (fair) { return fairView(fair, context); });
      var strip = stripOf(state, fairPane ? [] : shown, now, given.mono, texts);
      var today = given.held ? day.dayView(state, given.station, now, given.mono, texts) : null;
      var cards = given.held && day.mayShowCards(given) ? state.cards : [];
      var cardColumns = given.layout.portrait ? 1 : 2;
      var cardPage = day.cardPage(cards, given.layout.cardRows * cardColumns, given.cardAnchor);
      var has = { jobs: true, cards: cards.length > 0, draw: Boolean(today && today.draw) };
      var show = has[given.show] ? given.show : 'jobs';
      var pages = show === 'cards' ? cardPage : (show === 'jobs' ? page : { page: 1, pages: 1 });
      var cardContext = {
        texts: texts, station: state.station, types: types,
        cardWidths: cardWidths(given.layout, cardColumns)
      };
      return {
        plate: plate,
        plateFit: fit(plate, given.layout.widths.plate, types.plate),
        clock: told ? clockText(now) : texts.unknownClock,
        // The dot lives by it: an animation would have a box draw sixty pictures a second for years.
        beat: Math.floor(given.mono / 1000) % 2 ? 'in' : 'out',
        date: told ? dateText(now, texts) : '',
        weekday: told ? texts.weekdays[county(now).weekday] : '',
        theme: theme(facts, now),
        shift: shift(now),
        show: show,
        has: has,
        day: today,
        call: given.call || '',
        cards: show === 'cards' ? cardPage.cards.map(function (card) { return day.cardView(card, cardContext); }) : [],
        cardRows: given.layout.cardRows,
        nextCard: cardPage.next,
        title: { jobs: texts.title, cards: texts.cardsTitle, draw: texts.drawPaneTitle }[show],
        totals: given.held ? totalsText(show, totals, state, today, texts) : '',
        page: pages.pages > 1 ? fill(texts.page, { page: pages.page, pages: pages.pages }) : '',
        pages: page.pages,
        next: page.next || null,
        first: page.first,
        link: given.live ? 'live' : (cutOff ? 'cut' : 'connecting'),
        linkText: linkText(given, cutOff, now),
        capacity: capacity,
        rowHeight: rowHeight,
        scale: context.scale,
        density: few ? 'few' : 'full',
        pane: !given.held ? 'waiting' : (rows.length ? 'rows' : 'empty'),
        few: rows.length > 0 && rows.length < capacity,
        rows: page.rows.map(function (row) { return rowView(row, context); }),
        fairs: fairPane ? shown.slice(0, given.layout.portrait && !state.branches.length ? 3 : 2) : [],
        branches: branchesInTurn(state.branches, given.mono),
        notice: strip.text,
        noticeLabel: strip.label,
        noticeKind: strip.kind,
        noticeFit: fit(strip.text, given.layout.widths.notice, types.notice),
        slogan: slogan,
        sloganFit: fit(slogan, given.layout.widths.slogan, types.slogan),
        hotline: (facts && facts.hotline) || '',
        complaintLine: (facts && facts.complaint_line) || '',
        hours: facts && facts.opening_hours ? fill(texts.openingHours, facts.opening_hours) : '',
        address: (facts && facts.address) || ''
      };
    }

    function totalsText(show, totals, state, today, texts) {
      if (show === 'draw') { return today.draw.totals; }
      if (show === 'cards') {
        return fill(texts.cardsTotals, { cards: Math.max(state.totals.cards || 0, state.cards.length) });
      }
      return fill(texts.totals, totals);
    }

    /** What a card's texts have for their width, in rem; the rest of its line is taken by what stands beside. */
    function cardWidths(layout, columns) {
      var width = layout.widths.list / columns;
      return { called: width - 4.6, trades: width - 0.9 };
    }

    function linkText(given, cutOff, now) {
      if (cutOff) { return cutOffText(given.confirmedMs, given.clock, now, given.texts); }
      if (given.confirmedMs === null) { return given.texts.connecting; }
      return fill(given.texts.updated, {
        time: momentText(given.confirmedMs, now, given.live || given.clock.kind === 'server', given.texts)
      });
    }

    function sloganText(facts, resting, mono, texts) {
      if (resting) { return fill(texts.resting, facts.opening_hours); }
      var lines = facts ? facts.slogans.slice() : [];
      if (!lines.length) { lines.push(texts.defaultSlogan); }
      if (facts && facts.opening_hours) { lines.push(fill(texts.openingHours, facts.opening_hours)); }
      return inTurn(lines, SLOGAN_SECONDS, mono);
    }

    /** Rows are drawn to the height that they have, within bounds. */
    function scaleOf(rowHeight, portrait) {
      var scale = rowHeight / (portrait ? 1.92 : 1.12);
      return Math.round(100 * Math.max(0.88, Math.min(1.1, scale))) / 100;
    }

    /** Notices and fairs take turns in one strip: {kind, label, text}. */
    function stripOf(state, fairs, now, mono, texts) {
      var lines = now === null ? [] : validNotices(state.notices, now).map(function (n) { return n.text; });
      if (state.station && !state.station.open) { lines.unshift(texts.suspended); }
      var notices = lines.map(function (text) { return { kind: 'notice', label: texts.notice, text: text }; });
      var announced = fairs.map(function (fair) {
        return { kind: 'fair', label: texts.fair, text: fair.line };
      });
      return inTurn(announced.concat(notices), NOTICE_SECONDS, mono) || { kind: '', label: '', text: '' };
    }

    function branchesInTurn(branches, mono) {
      var groups = [];
      var index;
      for (index = 0; index < branches.length; index += BRANCHES_AT_ONCE) {
        groups.push(branches.slice(index, index + BRANCHES_AT_ONCE));
      }
      return inTurn(groups, BRANCH_SECONDS, mono) || [];
    }

    // Device codes: 20 characters of Crockford base 32.

    /** As typed by a person: O is 0, I and L are 1, blanks and dashes are nothing; other signs are dropped. */
    function cleanCode(typed) {
      return typed.toUpperCase().replace(/O/g, '0').replace(/[IL]/g, '1').split('').filter(function (sign) {
        return CODE_ALPHABET.indexOf(sign) >= 0;
      }).join('').slice(0, CODE_LENGTH);
    }

    function isCode(code) { return cleanCode(code) === code && code.length === CODE_LENGTH; }

    /** Full jitter: ms to wait before the attempt with this number (from 0). The first ones are quick, since a
        board that died is back within two seconds, and then seldom, since it may be away for long. */
    function retryDelay(attempt, random) {
      return 1000 * random * Math.min(RETRY_CAP_SECONDS, Math.pow(2, Math.max(0, attempt - QUICK_RETRIES)));
    }

    return {
      day: day,
      CODE_ALPHABET: CODE_ALPHABET, CODE_LENGTH: CODE_LENGTH,
      ageText: ageText, applyChanges: applyChanges, arrange: arrange, boardView: boardView,
      checkedText: checkedText, cleanCode: cleanCode, clockAfterColdStart: clockAfterColdStart, clockFromServer: clockFromServer,
      clockNotBefore: clockNotBefore, clockText: clockText, cutOffText: cutOffText, emptyState: emptyState,
      fill: fill, fit: fit, hear: hear, instant: instant, isCode: isCode, isOpenAt: isOpenAt, perks: perks,
      retryDelay: retryDelay, shift: shift, startText: startText, theme: theme, timeAt: timeAt,
      unexpired: unexpired, wageText: wageText, whole: whole
    };
  }());

  // --- painter: a view onto the document ----------------------------------------------------------------

  /** Makes the page's elements inside `host`; paints only what differs from the last time. */
  function Painter(document, host, texts) {
    var at = {};
    var slots = [];
    var turn = false;
    var lastPage = '';
    var panes = Day.Panes({
      make: make, put: put, mark: mark, putFitted: putFitted, paintItems: paintItems
    }, texts, model.day.groups, model.fill);

    function make(name, className, parent, text) {
      var element = document.createElement(name);
      element.className = className;
      if (text) { element.textContent = text; }
      if (parent) { parent.appendChild(element); }
      return element;
    }

    function put(element, text) {
      if (element.textContent !== String(text)) { element.textContent = text; }
    }

    function mark(element, name, value) {
      if (element.getAttribute(name) !== String(value)) { element.setAttribute(name, value); }
    }

    function putFitted(element, text, fitted) {
      put(element, text);
      var size = fitted.size + 'rem';
      if (element.style.fontSize !== size) { element.style.fontSize = size; }
      mark(element, 'data-wraps', fitted.wraps ? 'yes' : 'no');
    }

    function line(className, parent, label) {
      var block = make('div', 'line ' + className, parent);
      make('span', 'line-label', block, label);
      return make('span', 'line-number', block, texts.lineAtDesk);
    }

    function buildBoard() {
      var frame = make('div', 'frame', host);
      var header = make('header', 'header', frame);
      at.plate = make('h1', 'plate', header);
      var when = make('div', 'when', header);
      at.clock = make('div', 'clock', when);
      var date = make('div', 'date', when);
      at.date = make('span', 'date-day', date);
      at.weekday = make('span', 'date-weekday', date);

      at.board = make('main', 'board', frame);
      var bar = make('div', 'bar', at.board);
      at.title = make('h2', 'title', bar);
      at.totals = make('div', 'totals', bar);
      var link = make('div', 'link', bar);
      make('span', 'link-dot', link);
      at.linkText = make('span', 'link-text', link);
      at.page = make('div', 'page', bar);
      at.branches = make('div', 'branches', at.board);
      at.stage = make('div', 'stage', at.board);
      at.main = make('div', 'main', at.stage);
      at.list = make('div', 'list', at.main);
      at.few = make('div', 'few', at.list);
      make('div', 'few-title', at.few, texts.fewTitle);
      make('div', 'few-ask', at.few, texts.fewAsk);
      at.fewNumber = make('div', 'few-number', at.few);
      at.hero = make('div', 'hero', at.main);
      at.heroTitle = make('div', 'hero-title', at.hero);
      at.heroSoon = make('div', 'hero-soon', at.hero);
      at.heroAsk = make('div', 'hero-ask', at.hero);
      at.heroNumber = make('div', 'hero-number', at.hero);
      at.heroHours = make('div', 'hero-hours', at.hero);
      at.fairs = make('div', 'fairs', at.main);
      panes.buildMain(at.main);
      panes.buildPanel(at.stage);
      panes.buildCall(at.stage);
      at.strip = make('div', 'strip', at.board);
      at.noticeLabel = make('span', 'strip-label', at.strip);
      at.notice = make('span', 'strip-text', at.strip);
      var footer = make('footer', 'footer', at.board);
      at.slogan = make('div', 'slogan', footer);
      var lines = make('div', 'lines', footer);
      at.hotline = line('hotline', lines, texts.hotline);
      at.complaint = line('complaint', lines, texts.complaintLine);

      at.message = make('main', 'message', frame);
      at.messageTitle = make('div', 'message-title', at.message);
      at.messageAsk = make('div', 'message-ask', at.message);
      at.messageAction = make('button', 'key message-action', at.message, texts.stoppedAnew);
      at.entry = make('main', 'entry', frame);
      at.frame = frame;
    }

    function slot(index) {
      if (!slots[index]) {
        var row = make('div', 'row');
        at.list.insertBefore(row, at.few);
        var trade = make('div', 'trade', row);
        var wage = make('div', 'wage', row);
        var missing = make('div', 'missing', row);
        var where = make('div', 'where', row);
        var units;
        slots[index] = { row: row, tradeCell: trade, wageCell: wage, missingCell: missing, where: where };
        slots[index].trade = make('span', 'trade-name', trade);
        make('span', 'fresh-mark', trade, texts.fresh);
        slots[index].amount = make('span', 'amount', wage);
        units = make('span', 'units', wage);
        slots[index].unit = make('span', 'unit', units);
        slots[index].settlement = make('span', 'settlement', units);
        slots[index].before = make('span', 'missing-word', missing, texts.missingBefore);
        slots[index].missing = make('span', 'missing-number', missing);
        slots[index].after = make('span', 'missing-word', missing, texts.missingAfter);
        slots[index].checked = make('div', 'checked', row);
        slots[index].place = make('div', 'place', where);
        slots[index].meta = make('div', 'meta', row);
        slots[index].start = make('div', 'start', row);
        slots[index].startDay = make('span', 'start-day', slots[index].start);
        slots[index].startTime = make('span', 'start-time', slots[index].start);
      }
      return slots[index];
    }

    function paintMissing(cells, missing) {
      put(cells.before, missing > 0 ? texts.missingBefore : texts.full);
      put(cells.missing, missing > 0 ? missing : '');
      mark(cells.missing, 'data-long', missing > 999 ? 'yes' : 'no');
      put(cells.after, missing > 0 ? texts.missingAfter : '');
    }

    function paintMeta(meta, row) {
      var key = row.perks.join(' ') + '|' + row.from;
      if (meta.getAttribute('data-key') === key) { return; }
      meta.setAttribute('data-key', key);
      meta.textContent = '';
      row.perks.forEach(function (perk) { make('span', 'perk', meta, perk); });
      if (row.from) { make('span', 'from', meta, row.from); }
    }

    function paintRow(cells, row, height) {
      cells.row.style.display = '';
      cells.row.style.height = height;
      mark(cells.row, 'data-row', row.id);
      mark(cells.row, 'data-fresh', row.fresh ? 'yes' : 'no');
      mark(cells.row, 'data-meta', row.perks.length || row.from ? 'yes' : 'no');
      mark(cells.row, 'data-turn', turn ? 'a' : 'b');
      putFitted(cells.trade, row.trade, row.tradeFit);
      putFitted(cells.amount, row.amount, row.amountFit);
      put(cells.unit, row.unit);
      put(cells.settlement, row.settlement);
      paintMissing(cells, row.missing);
      put(cells.checked, row.checked);
      mark(cells.checked, 'data-stale', row.stale ? 'yes' : 'no');
      mark(cells.row, 'data-checked', row.checked ? 'yes' : 'no');
      putFitted(cells.place, row.place, row.placeFit);
      paintMeta(cells.meta, row);
      put(cells.startDay, row.start.day);
      put(cells.startTime, row.start.time);
      mark(cells.start, 'data-soon', row.start.soon ? 'yes' : 'no');
      cells.start.style.fontSize = row.startFit.size + 'rem';
    }

    function paintRows(view) {
      // Not in percent: old Chromium knows no percentage of a height that flex has given.
      var height = view.rowHeight + 'rem';
      at.list.style.setProperty('--k', view.scale);
      var index;
      if (view.page !== lastPage) {
        lastPage = view.page;
        turn = !turn;
      }
      view.rows.forEach(function (row, position) { paintRow(slot(position), row, height); });
      for (index = view.rows.length; index < slots.length; index += 1) {
        slots[index].row.style.display = 'none';
        slots[index].row.removeAttribute('data-row');
      }
      at.few.style.display = view.few ? '' : 'none';
      put(at.fewNumber, view.rows.length <= view.capacity / 2 ? view.hotline : '');
    }

    /** One element for each view, made anew when any of them has changed. */
    function paintItems(host, items, build) {
      var key = JSON.stringify(items);
      if (host.getAttribute('data-key') === key) { return; }
      host.setAttribute('data-key', key);
      host.textContent = '';
      items.forEach(function (item) { build(host, item); });
    }

    function paintFair(parent, fair) {
      var item = make('div', 'fair', parent);
      var when = make('div', 'fair-when', item);
      make('span', 'fair-day', when, fair.day);
      make('span', 'fair-hours', when, fair.hours);
      var what = make('div', 'fair-what', item);
      make('div', 'fair-title', what, fair.title);
      make('div', 'fair-place', what, fair.place);
      make('div', 'fair-companies', item, fair.companies);
    }

    function paintBranch(parent, branch) {
      var item = make('div', 'branch', parent);
      make('span', 'branch-name', item, branch.short_name);
      make('span', 'branch-sums', item, model.fill(texts.branchSums, branch));
    }

    // Taken out of the page, not only out of sight: a screen that may not show them does not hold them either.
    function removeRows() {
      slots.forEach(function (cells) { at.list.removeChild(cells.row); });
      slots.length = 0;
      ['totals', 'page', 'notice'].forEach(function (name) { put(at[name], ''); });
      paintItems(at.fairs, [], paintFair);
      paintItems(at.branches, [], paintBranch);
      panes.forget();
    }

    function paintHero(view) {
      var waiting = view.pane === 'waiting';
      put(at.heroTitle, waiting ? texts.waitingTitle : texts.emptyTitle);
      put(at.heroSoon, waiting ? '' : texts.emptySoon);
      put(at.heroAsk, waiting ? texts.waitingAsk : texts.emptyAsk);
      put(at.heroNumber, waiting ? '' : view.hotline);
      put(at.heroHours, waiting ? '' : [view.hours, view.address].filter(Boolean).join(' · '));
    }

    function paintFrame(view) {
      mark(document.documentElement, 'data-theme', view.theme);
      var move = 'translate(' + view.shift.x + 'px,' + view.shift.y + 'px)';
      if (at.frame.style.transform !== move) { at.frame.style.transform = move; }
      putFitted(at.plate, view.plate, view.plateFit);
      if (document.title !== view.plate) { document.title = view.plate; }
      put(at.clock, view.clock);
      put(at.date, view.date);
      put(at.weekday, view.weekday);
    }

    function paintBoard(view) {
      mark(host, 'data-mode', 'board');
      mark(host, 'data-pane', view.pane);
      mark(host, 'data-link', view.link);
      mark(host, 'data-beat', view.beat);
      mark(host, 'data-density', view.density);
      mark(host, 'data-notice', view.notice ? 'yes' : 'no');
      mark(host, 'data-fairs', view.fairs.length ? 'yes' : 'no');
      mark(host, 'data-branches', view.branches.length ? 'yes' : 'no');
      mark(host, 'data-show', view.show);
      mark(host, 'data-day', view.day ? 'yes' : 'no');
      mark(host, 'data-call', view.call ? 'yes' : 'no');
      paintFrame(view);
      put(at.title, view.title);
      put(at.totals, view.totals);
      put(at.linkText, view.linkText);
      put(at.page, view.page);
      paintItems(at.branches, view.branches, paintBranch);
      paintItems(at.fairs, view.fairs, paintFair);
      put(at.noticeLabel, view.noticeLabel);
      mark(at.strip, 'data-kind', view.noticeKind);
      putFitted(at.notice, view.notice, view.noticeFit);
      putFitted(at.slogan, view.slogan, view.sloganFit);
      put(at.hotline, view.hotline || texts.lineAtDesk);
      put(at.complaint, view.complaintLine || texts.lineAtDesk);
      paintRows(view);
      if (view.pane !== 'rows') { paintHero(view); }
      panes.at.cards.style.setProperty('--rows', view.cardRows);
      panes.paint(view);
    }

    function paintMessage(view, title, ask, action) {
      mark(host, 'data-mode', 'message');
      mark(host, 'data-link', view.link);
      removeRows();
      paintFrame(view);
      put(at.messageTitle, title);
      put(at.messageAsk, ask);
      at.messageAction.style.display = action ? '' : 'none';
      at.messageAction.onclick = action;
      if (action && document.activeElement !== at.messageAction) { at.messageAction.focus(); }
    }

    function paintEntry(view) {
      mark(host, 'data-mode', 'code');
      mark(host, 'data-link', view.link);
      removeRows();
      paintFrame(view);
    }

    buildBoard();
    return {
      at: at, make: make, put: put, mark: mark,
      board: paintBoard, message: paintMessage, entry: paintEntry,
      firstSlot: function () { return slot(0); }
    };
  }

  /** The page on which a device code is typed, with a keyboard or with a remote's arrows. */
  function CodeEntry(painter, station, texts, submit) {
    var COLUMNS = 8;
    var host = painter.at.entry;
    var make = painter.make;
    var typed = '';
    var boxes = [];
    var keys = [];
    var focused = 0;

    function press(action) {
      return function () { action(); paint(); };
    }

    function addKey(parent, label, className, action) {
      var key = make('button', 'key ' + className, parent, label);
      key.type = 'button';
      var position = keys.push(key) - 1;
      key.onclick = press(action);
      key.onfocus = function () { focused = position; };
    }

    function build() {
      var group;
      var index;
      make('div', 'entry-title', host, texts.codeTitle);
      make('div', 'entry-ask', host, texts.codeAsk);
      var code = make('div', 'entry-code', host);
      for (index = 0; index < model.CODE_LENGTH; index += 1) {
        if (index % 5 === 0) { group = make('div', 'entry-group', code); }
        boxes.push(make('span', 'entry-box', group));
      }
      host.status = make('div', 'entry-status', host);
      var pad = make('div', 'entry-pad', host);
      model.CODE_ALPHABET.split('').forEach(function (sign) {
        addKey(pad, sign, 'entry-key', function () { typed = model.cleanCode(typed + sign); });
      });
      addKey(pad, texts.codeErase, 'entry-key wide', function () { typed = typed.slice(0, -1); });
      addKey(pad, texts.codeClear, 'entry-key wide', function () { typed = ''; });
      addKey(pad, texts.codeSubmit, 'entry-key widest', function () {
        if (model.isCode(typed)) { submit(typed); }
      });
      make('div', 'entry-hint', host,
        texts.codeHint + ' · ' + model.fill(texts.codeStation, { station: station }));
    }

    function paint() {
      var missing = model.CODE_LENGTH - typed.length;
      boxes.forEach(function (box, index) {
        painter.put(box, typed.charAt(index));
        painter.mark(box, 'data-next', index === typed.length ? 'yes' : 'no');
      });
      painter.put(host.status, missing
        ? model.fill(texts.codeIncomplete, { count: missing }) : texts.codeReady);
      painter.mark(keys[keys.length - 1], 'data-ready', missing ? 'no' : 'yes');
      if (!missing) { focus(keys.length - 1); }
    }

    function focus(index) {
      focused = Math.max(0, Math.min(keys.length - 1, index));
      keys[focused].focus();
    }

    // The last line holds three broad keys under columns 1-2, 3-4 and 5-8.
    function vertical(step) {
      var signs = model.CODE_ALPHABET.length;
      if (focused >= signs) {
        return step < 0 ? signs - COLUMNS + [0, 2, 4][focused - signs] : focused;
      }
      if (focused + step * COLUMNS >= signs) {
        return signs + Math.min(2, Math.floor((focused % COLUMNS) / 2));
      }
      return focused + step * COLUMNS < 0 ? focused : focused + step * COLUMNS;
    }

    function onKey(event) {
      var moves = { ArrowLeft: focused - 1, ArrowRight: focused + 1 };
      if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
        focus(vertical(event.key === 'ArrowUp' ? -1 : 1));
      } else if (Object.prototype.hasOwnProperty.call(moves, event.key)) {
        focus(moves[event.key]);
      } else if (event.key === 'Backspace') {
        typed = typed.slice(0, -1);
      } else if (event.key && event.key.length === 1 && event.key !== ' ') {
        typed = model.cleanCode(typed + event.key);
      } else {
        return;
      }
      event.preventDefault();
      paint();
    }

    function onPaste(event) {
      typed = model.cleanCode(event.clipboardData.getData('text'));
      paint();
    }

    build();
    paint();
    return { onKey: onKey, onPaste: onPaste, focus: function () { focus(focused); } };
  }

  // --- start: what happens ----------------------------------------------------------------------------

  /** What the box remembers of one station. A box without storage forgets, and works on. */
  function Memory(storage, station) {
    function key(name) { return 'yizhan.screen.' + station + '.' + name; }

    function read(name) {
      try { return JSON.parse(storage.getItem(key(name))); } catch (error) { return null; }
    }

    function write(name, value) {
      try { storage.setItem(key(name), JSON.stringify(value)); } catch (error) { return false; }
      return true;
    }

    function forget(names) {
      names.forEach(function (name) {
        try { storage.removeItem(key(name)); } catch (error) { /* nothing was kept */ }
      });
    }
    return { read: read, write: write, forget: forget };
  }

  /** The connection to the board: comes back for ever, and drops a socket that is silent.
   *
   * on: {address() → ws URL or null, hello() → message, heard(message), lost()}. */
  function Connection(window, mono, on) {
    var socket = null;
    var attempt = 0;
    var timer = null;
    var openedAt = 0;
    var heardAt = 0;
    var stopped = false;

    function say(message) {
      if (socket && socket.readyState === 1) { socket.send(JSON.stringify(message)); }
    }

    // close() of a dead link waits for an answer that never comes, so the socket is let go of at once.
    function release() {
      var old = socket;
      socket = null;
      if (!old) { return; }
      old.onopen = old.onmessage = old.onclose = old.onerror = null;
      try { old.close(); } catch (error) { /* already gone */ }
    }

    function again(delayMs) {
      window.clearTimeout(timer);
      if (stopped) { return; }
      timer = window.setTimeout(connect, delayMs);
    }

    function drop(delayMs) {
      var lasted = socket && heardAt > openedAt ? mono() - openedAt : 0;
      release();
      on.lost();
      if (lasted > 10000) { attempt = 0; }
      again(delayMs === undefined ? model.retryDelay(attempt, Math.random()) : delayMs);
      attempt += 1;
    }

    function onMessage(event) {
      var message;
      heardAt = mono();
      try { message = JSON.parse(event.data); } catch (error) { drop(); return; }
      on.heard(message);
    }

    function connect() {
      var address = on.address();
      if (stopped || socket) { return; }
      if (!address) { drop(); return; }
      try { socket = new window.WebSocket(address, [SUBPROTOCOL]); } catch (error) { drop(); return; }
      openedAt = mono();
      heardAt = openedAt;
      socket.onopen = function () { say(on.hello()); };
      socket.onmessage = onMessage;
      socket.onclose = function () { drop(); };
    }

    function tick() {
      if (!socket) { return; }
      var patience = socket.readyState === 0 ? CONNECT_SECONDS : SILENCE_SECONDS;
      if (mono() - heardAt > patience * 1000) { drop(); }
    }

    function stop() {
      stopped = true;
      window.clearTimeout(timer);
      release();
    }

    function resume() {
      stopped = false;
      if (!socket) { again(0); }
    }
    return {
      say: say, drop: drop, tick: tick, stop: stop, resume: resume,
      failures: function () { return attempt; }
    };
  }

  /** Reads aloud, where the box has a voice: calls each, jobs one now and then.
   *
   * setting: 'on', 'calls' (no jobs) or 'off'. A call goes before a job that is being read. */
  function Voice(window, texts, mono, setting) {
    var synthesis = window.speechSynthesis;
    var able = Boolean(synthesis && window.SpeechSynthesisUtterance);
    var jobAt = -Infinity;
    var readingJob = false;

    function say(text) {
      var utterance = new window.SpeechSynthesisUtterance(text);
      utterance.lang = 'zh-CN';
      utterance.rate = 0.9;
      synthesis.speak(utterance);
      return utterance;
    }

    function call(text) {
      if (!able || setting === 'off') { return; }
      if (readingJob) { synthesis.cancel(); }
      readingJob = false;
      say(text);
      say(text);
    }

    function job(text, resting) {
      var early = mono() - jobAt < SPOKEN_JOB_SECONDS * 1000;
      if (!able || setting !== 'on' || resting || early || synthesis.speaking) { return; }
      jobAt = mono();
      readingJob = true;
      say(text).onend = function () { readingJob = false; };
    }
    return { call: call, job: job };
  }

  /** ?voice=on, calls or off in the screen's address; the box remembers it. */
  function voiceSetting(window, memory) {
    var given = /[?&]voice=(on|calls|off)(&|$)/.exec(window.location.search);
    if (given) { memory.write('voice', given[1]); }
    return given ? given[1] : (memory.read('voice') || 'on');
  }

  function start(window, texts) {
    var document = window.document;
    var host = document.getElementById('screen');
    var mono = function () { return window.performance.now(); };
    var found = /^\/screen\/(\d{6,20})\/?$/.exec(window.location.pathname);
    var station = found ? found[1] : '';
    var memory = Memory(storageOf(window), station);
    var painter = Painter(document, host, texts);
    var entry = CodeEntry(painter, station, texts, useCode);
    var connection = Connection(window, mono, {
      address: function () { return know.board; }, hello: hello, heard: heard, lost: lost
    });
    var startedAt = mono();
    var know = {
      mode: 'board', code: null, board: memory.read('board'), held: null, clock: null,
      confirmedMs: null, confirmedWallMs: null, live: false, heard: false, cutOffSince: startedAt,
      fresh: {}, anchor: null, cardAnchor: null, turn: model.day.firstTurn(), turnedAt: startedAt, layout: null,
      calls: [], calledAt: null
    };
    var voice = Voice(window, texts, mono, voiceSetting(window, memory));
    var beats = {
      paintedAt: startedAt, unpainted: 0, healthAt: startedAt, contactAt: startedAt, refreshedAt: startedAt,
      saving: null, ackAsked: false, reloadAt: null, restMinute: Math.floor(Math.random() * 60)
    };

    // Remembering.

    function recall() {
      var saved = memory.read('state');
      var contact = memory.read('contact');
      if (!saved || !(saved.version >= 1) || !saved.state || !contact) { return; }
      // An older page passed over what it did not know: its state is shown, and a whole one asked for.
      know.held = {
        epoch: saved.version === STATE_VERSION ? saved.epoch : null,
        offset: saved.offset,
        state: model.whole(saved.state)
      };
      know.confirmedMs = contact.server_ms;
      know.confirmedWallMs = contact.wall_ms;
      know.clock = model.clockAfterColdStart(contact, Date.now(), mono());
    }

    function saveContact() {
      beats.contactAt = mono();
      if (know.confirmedMs !== null && know.held) {
        memory.write('contact', { server_ms: know.confirmedMs, wall_ms: know.confirmedWallMs });
      }
    }

    function save() {
      beats.saving = null;
      if (!know.held) { return; }
      memory.write('state', {
        version: STATE_VERSION, epoch: know.held.epoch, offset: know.held.offset, state: know.held.state
      });
      saveContact();
    }

    // Writing at most once a second spares the flash of a cheap box when changes come in bursts.
    function saveSoon() {
      if (beats.saving === null) { beats.saving = window.setTimeout(save, 1000); }
    }

    function forgetState() {
      window.clearTimeout(beats.saving);
      beats.saving = null;
      memory.forget(['state', 'contact']);
      know.held = null;
      know.confirmedMs = null;
      know.anchor = null;
      know.cardAnchor = null;
      know.fresh = {};
      know.calls = [];
    }

    // The conversation.

    function hello() {
      var message = { type: 'hello', station: station, token: know.code, page: PAGE };
      if (know.held && know.held.epoch) {
        message.epoch = know.held.epoch;
        message.offset = know.held.offset;
      }
      return message;
    }

    function lost() {
      if (know.live) {
        know.live = false;
        know.cutOffSince = mono();
        saveContact();
      }
      if (!know.board || connection.failures() % 3 === 2) { fetchConfig(); }
      paint();
    }

    function readTime(message) {
      if (message.server_time) {
        know.clock = model.clockFromServer(know.clock, model.instant(message.server_time), mono());
      } else if (message.at) {
        know.clock = model.clockNotBefore(know.clock, model.instant(message.at), mono());
      }
    }

    function heard(message) {
      var told = model.hear(know.held, message);
      if (told.outcome === 'refused') { refused(message); return; }
      if (told.outcome === 'ignored') { return; }
      readTime(message);
      if (told.outcome === 'resync') { connection.drop(); return; }
      var changed = told.held !== know.held;
      know.held = told.held;
      know.mode = 'board';
      know.confirmedMs = model.timeAt(know.clock, mono());
      know.confirmedWallMs = Date.now();
      welcome(told.arrived);
      call(told.called);
      if (!know.live) { beats.healthAt = mono() - (HEALTH_SECONDS - 5) * 1000; }
      know.live = true;
      know.heard = true;
      paint();
      if (changed) {
        saveSoon();
        ackWhenPainted();
      }
    }

    function welcome(ids) {
      var now = model.timeAt(know.clock, mono());
      know.held.state.rows.forEach(function (row) {
        var recent = now - model.instant(row.published_at) < FRESH_PUBLISHED_WITHIN_SECONDS * 1000;
        if (ids.indexOf(row.id) < 0 || !recent) { return; }
        know.fresh[row.id] = mono();
        // A new job is seen at once, whatever pane has its turn.
        if (know.turn.show !== 'jobs') {
          know.turn = model.day.firstTurn();
          know.turnedAt = mono();
        }
        voice.job(model.day.spokenJob(row, model.wageText(row.wage, texts), texts), isResting(now));
      });
    }

    /** Numbers that are called: shown large one after the other, and read aloud. */
    function call(calls) {
      var now = model.timeAt(know.clock, mono());
      calls.filter(function (one) { return model.day.isFreshCall(one, now); }).forEach(function (one) {
        know.calls = know.calls.filter(function (number) { return number !== one.number; }).concat([one.number]);
        voice.call(model.day.spokenCall(one.number, texts));
      });
    }

    function callNow() {
      if (know.calledAt !== null && mono() - know.calledAt >= CALL_SECONDS * 1000) {
        know.calls.shift();
        know.calledAt = null;
      }
      if (!know.calls.length) { know.calledAt = null; return ''; }
      if (know.calledAt === null) { know.calledAt = mono(); }
      return know.calls[0];
    }

    function isResting(now) {
      var card = know.held && know.held.state.station;
      var hours = card && card.facts.opening_hours;
      return Boolean(hours) && !model.isOpenAt(hours, now);
    }

    function freshIds() {
      var ids = Object.keys(know.fresh);
      ids.forEach(function (id) {
        if (mono() - know.fresh[id] > FRESH_SECONDS * 1000) { delete know.fresh[id]; }
      });
      return Object.keys(know.fresh).sort(function (a, b) { return know.fresh[b] - know.fresh[a]; });
    }

    function refused(message) {
      if (message.code === 'board.code_revoked' || message.code === 'board.code_refused') {
        stopShowing(message.retry);
      } else if (message.code === 'board.unknown_station' && !know.held) {
        know.mode = 'unknown';
        connection.drop(slowly());
      } else if (message.retry) {
        // Also a station that was known here and is not there now: no station is ever taken away, so the
        // board is missing something, and a screen is not blanked for that.
        connection.drop();
      } else {
        // The server does not understand this page: a newer one may be waiting.
        askForRefresh();
        connection.drop(slowly());
      }
      paint();
    }

    /** Shows no data any more. A code that may yet become known (it was issued this very minute, or the board
     * is being rebuilt) is kept and tried again; a void one is forgotten. */
    function stopShowing(mayComeRight) {
      forgetState();
      know.live = false;
      know.mode = 'stopped';
      if (mayComeRight) {
        connection.drop();
      } else {
        connection.stop();
        memory.forget(['code']);
        know.code = null;
      }
    }

    function slowly() { return SLOW_RETRY_SECONDS * 1000 * (1 + Math.random()); }

    // Two frames on: the first may have begun before the change, the second proves that it was drawn.
    function ackWhenPainted() {
      if (beats.ackAsked) { return; }
      beats.ackAsked = true;
      window.requestAnimationFrame(function () {
        window.requestAnimationFrame(function () {
          beats.ackAsked = false;
          painted();
          if (know.held && know.live) {
            connection.say({ type: 'ack', epoch: know.held.epoch, offset: know.held.offset });
          }
        });
      });
    }

    function painted() {
      beats.paintedAt = mono();
      beats.unpainted = 0;
    }

    function sayHealth() {
      beats.healthAt = mono();
      var message = {
        type: 'health', last_paint_seconds: Math.max(0, Math.round(mono() - beats.paintedAt) / 1000),
        width: Math.max(1, window.innerWidth), height: Math.max(1, window.innerHeight), page: PAGE
      };
      if (know.held) {
        message.epoch = know.held.epoch;
        message.offset = know.held.offset;
      }
      connection.say(message);
    }

    // Where the board is.

    function fetchConfig() {
      var request = new window.XMLHttpRequest();
      request.open('GET', '/screen/config.json');
      request.timeout = 10000;
      request.onload = function () {
        var config = null;
        try { config = JSON.parse(request.responseText); } catch (error) { return; }
        if (request.status !== 200 || !config || typeof config.board !== 'string') { return; }
        if (config.board !== know.board) {
          know.board = config.board;
          memory.write('board', config.board);
          if (know.mode === 'board') { connection.resume(); }
        }
      };
      request.send();
    }

    // Painting.

    function measure() {
      var width = window.innerWidth;
      var height = window.innerHeight;
      var portrait = height > width;
      var rem = portrait ? Math.min(width / 10.8, height / 19.2) : Math.min(width / 19.2, height / 10.8);
      document.documentElement.style.fontSize = rem + 'px';
      painter.mark(document.documentElement, 'data-orientation', portrait ? 'portrait' : 'landscape');
      know.layout = { portrait: portrait, rem: rem };
    }

    function widthOf(element) { return element.clientWidth / know.layout.rem; }

    function measureList() {
      var layout = know.layout;
      var height = painter.at.list.clientHeight / layout.rem;
      var cells = painter.firstSlot();
      var hidden = cells.row.style.display;
      var beside = host.getAttribute('data-day') === 'yes';
      cells.row.style.display = '';
      layout.listHeight = height;
      layout.capacity = layout.portrait
        ? Math.max(beside ? 4 : 6, Math.min(10, Math.floor(height / (beside ? 1.585 : 1.74))))
        : Math.max(beside ? 5 : 6, Math.min(8, Math.floor(height / 1.09)));
      layout.cardRows = Math.max(4, Math.floor(height / (layout.portrait ? 1.28 : 1.09)));
      layout.fewCapacity = layout.portrait ? Math.min(7, layout.capacity) : Math.min(6, layout.capacity);
      layout.widths = {
        plate: widthOf(painter.at.plate), trade: widthOf(cells.tradeCell) - 0.14,
        wage: widthOf(cells.wageCell) - 0.12, place: widthOf(cells.where), start: widthOf(cells.start),
        notice: widthOf(painter.at.notice), slogan: widthOf(painter.at.slogan), list: widthOf(painter.at.list)
      };
      cells.row.style.display = hidden;
      layout.measuredFor = surroundings();
    }

    // What the rows' room hangs on: the notice strip, the pane, and how many lines the name plate takes.
    function surroundings() {
      return [host.getAttribute('data-pane'), host.getAttribute('data-fairs'), host.getAttribute('data-day'),
        painter.at.list.clientHeight, painter.at.list.clientWidth, painter.at.notice.clientWidth].join();
    }

    function boardView() {
      return model.boardView({
        held: know.held, clock: know.clock, mono: mono(), live: know.live, cutOffSince: know.cutOffSince,
        confirmedMs: know.confirmedMs, fresh: freshIds(), anchor: know.anchor, layout: know.layout,
        heard: know.heard, cardAnchor: know.cardAnchor, show: know.turn.show, call: callNow(), station: station,
        texts: texts
      });
    }

    function paintBoard() {
      var view = boardView();
      painter.board(view);
      if (know.layout.measuredFor !== surroundings()) {
        measureList();
        view = boardView();
        painter.board(view);
      }
      if (!know.anchor) { know.anchor = view.first; }
      painter.mark(host, 'data-offset', know.held ? know.held.offset : '');
      painter.mark(host, 'data-epoch', know.held ? know.held.epoch : '');
      return view;
    }

    function paint() {
      if (know.mode === 'board') {
        paintBoard();
      } else if (know.mode === 'code') {
        painter.entry(boardView());
      } else if (know.mode === 'stopped') {
        painter.message(boardView(), texts.stoppedTitle, texts.stoppedAsk, askForCode);
      } else {
        painter.message(boardView(), model.fill(texts.unknownStationTitle, { station: station }),
          texts.unknownStationAsk, null);
      }
    }

    function turnPage() {
      if (know.mode !== 'board') { return; }
      var view = boardView();
      if (view.pages < 2) {
        know.anchor = view.first;
        if (!view.has.cards && !view.has.draw) { know.turnedAt = mono(); }
      }
      if (mono() - know.turnedAt < DWELL_SECONDS * 1000) { return; }
      var turn = model.day.following(know.turn, {
        jobPages: view.pages, cards: view.has.cards, draw: view.has.draw
      });
      // A pane comes back to the page after the one that it showed last.
      if (turn.show === 'jobs' && view.pages > 1) { know.anchor = view.next; }
      if (know.turn.show === 'cards') { know.cardAnchor = view.nextCard; }
      know.turn = turn;
      know.turnedAt = mono();
    }

    // Codes.

    function askForCode() {
      know.mode = 'code';
      paint();
      entry.focus();
    }

    function useCode(code) {
      know.code = code;
      memory.write('code', code);
      know.mode = 'board';
      know.cutOffSince = mono();
      paint();
      connection.resume();
    }

    /** The code in #code=… is taken once and wiped from the address, unless the box cannot remember it. */
    function codeFromAddress() {
      var given = /[#&]code=([^&]+)/.exec(window.location.hash);
      var code = given ? model.cleanCode(decodeURIComponent(given[1])) : '';
      if (!model.isCode(code)) { return null; }
      if (memory.write('code', code)) {
        window.history.replaceState(null, '', window.location.pathname + window.location.search);
      }
      return code;
    }

    // Looking after itself.

    function askForRefresh() {
      beats.refreshedAt = mono();
      var workers = window.navigator.serviceWorker;
      if (workers && workers.controller) { workers.controller.postMessage({ type: 'refresh' }); }
    }

    function registerWorker() {
      var workers = window.navigator.serviceWorker;
      if (!workers) { return; }
      workers.register('/screen/sw.js', { scope: '/screen/' })['catch'](function () {
        // Plain http on a name other than localhost: the page works, but not from a cold start offline.
      });
      workers.addEventListener('message', function (event) {
        if (event.data && event.data.type === 'updated') {
          beats.reloadAt = mono() + 60000 + Math.random() * 240000;
        }
      });
      askForRefresh();
    }

    /** Reloads when the page is sure to come back: from the worker's cache, or from a server that answers. */
    function reloadSafely() {
      var workers = window.navigator.serviceWorker;
      if (workers && workers.controller) { window.location.reload(); return; }
      var probe = new window.XMLHttpRequest();
      probe.open('GET', window.location.pathname);
      probe.timeout = 10000;
      probe.onload = function () { if (probe.status === 200) { window.location.reload(); } };
      probe.send();
    }

    // A fresh start in the small hours, each screen at a minute of its own, keeps month-long runs healthy.
    function dueForRest() {
      if (!know.live || mono() - startedAt < 6 * 3600000) { return false; }
      return model.clockText(model.timeAt(know.clock, mono())) ===
        '03:' + (beats.restMinute < 10 ? '0' : '') + beats.restMinute;
    }

    function watch() {
      var visible = document.visibilityState !== 'hidden';
      beats.unpainted = visible ? beats.unpainted + 1 : 0;
      window.requestAnimationFrame(painted);
      var updated = beats.reloadAt !== null && mono() >= beats.reloadAt;
      if (beats.unpainted > UNPAINTED_TICKS_BEFORE_RELOAD || updated || dueForRest()) {
        beats.unpainted = 0;
        beats.reloadAt = null;
        reloadSafely();
      }
    }

    function tick() {
      watch();
      connection.tick();
      if (know.live && mono() - beats.healthAt >= HEALTH_SECONDS * 1000) { sayHealth(); }
      if (know.live && mono() - beats.contactAt >= CONTACT_SAVED_EVERY_SECONDS * 1000) { saveContact(); }
      if (mono() - beats.refreshedAt >= 3600000) { askForRefresh(); }
      turnPage();
      paint();
    }

    function layOut() {
      measure();
      measureList();
      paint();
    }

    function firstPaint() {
      measure();
      measureList();
      try {
        paint();
      } catch (error) {
        // What an older page saved may be unreadable to this one; a fresh snapshot will come.
        forgetState();
        know.clock = null;
        paint();
      }
    }

    function listen() {
      window.addEventListener('resize', layOut);
      window.addEventListener('online', function () {
        if (!know.live && know.code && know.mode === 'board') { connection.resume(); }
      });
      window.addEventListener('pagehide', save);
      window.addEventListener('hashchange', function () {
        var code = codeFromAddress();
        if (code) { connection.stop(); useCode(code); }
      });
      document.addEventListener('keydown', function (event) {
        if (know.mode === 'code') { entry.onKey(event); }
      });
      document.addEventListener('paste', function (event) {
        if (know.mode === 'code') { entry.onPaste(event); }
      });
    }

    if (!station) {
      know.mode = 'unknown';
    } else {
      know.code = codeFromAddress() || memory.read('code');
      recall();
    }
    firstPaint();
    listen();
    window.setInterval(tick, 1000);
    if (!station) { return; }
    fetchConfig();
    registerWorker();
    if (know.code) {
      connection.resume();
    } else {
      forgetState();
      askForCode();
    }
  }

  function storageOf(window) {
    try { return window.localStorage; } catch (error) { return null; }
  }

  root.YizhanScreen = { model: model };
  if (typeof module !== 'undefined' && module.exports) { module.exports = model; }
  if (root.document && root.document.getElementById('screen')) { start(root, root.YIZHAN_TEXTS); }
}(this));
