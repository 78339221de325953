/* Repeats a draw (阳光派工) from its public record, as docs/draw.md says and examples/verify_draw.py does. ES5.
 *
 * YizhanVerify(subtle) → {check(record) → Promise of {fault, order, queue}}. subtle: crypto.subtle, or null where the
 * browser has none, as on plain http; then the arithmetic here takes its place, with the same result. */
(function (root) {
  'use strict';

  var ALGORITHM = 'yizhan.draw.v1';
  var WORDS_IN_A_BLOCK = 8;
  var TWO_TO_THE_32 = 4294967296;
  var GREATEST_WEIGHT = 1000;

  // --- bytes -----------------------------------------------------------------------------------------------

  function bytesOf(text) {
    var utf8 = unescape(encodeURIComponent(text));
    var bytes = new Uint8Array(utf8.length);
    var at;
    for (at = 0; at < utf8.length; at += 1) { bytes[at] = utf8.charCodeAt(at); }
    return bytes;
  }

  function bytesOfHex(hex) {
    var bytes = new Uint8Array(hex.length / 2);
    var at;
    for (at = 0; at < bytes.length; at += 1) { bytes[at] = parseInt(hex.substr(2 * at, 2), 16); }
    return bytes;
  }

  function hexOf(bytes) {
    return Array.prototype.map.call(bytes, function (byte) { return (byte < 16 ? '0' : '') + byte.toString(16); }).join('');
  }

  function joined(first, second) {
    var bytes = new Uint8Array(first.length + second.length);
    bytes.set(first);
    bytes.set(second, first.length);
    return bytes;
  }

  // --- SHA-256 and HMAC where the browser has none -----------------------------------------------------------

  /** The first 32 bits of the fractional parts of roots of primes, of which SHA-256 is made. */
  function fractions(power, count) {
    var found = [];
    var candidate = 2;
    function isPrime(number) {
      var divisor;
      for (divisor = 2; divisor * divisor <= number; divisor += 1) { if (number % divisor === 0) { return false; } }
      return true;
    }
    while (found.length < count) {
      if (isPrime(candidate)) {
        var rooted = Math.pow(candidate, power);
        found.push(Math.floor((rooted - Math.floor(rooted)) * TWO_TO_THE_32) | 0);
      }
      candidate += 1;
    }
    return found;
  }

  var START = fractions(1 / 2, 8);
  var ROUND = fractions(1 / 3, 64);

  function turned(word, bits) { return (word >>> bits) | (word << (32 - bits)); }

  function padded(bytes) {
    var length = (Math.floor((bytes.length + 8) / 64) + 1) * 64;
    var whole = new Uint8Array(length);
    whole.set(bytes);
    whole[bytes.length] = 0x80;
    // A message here has far fewer than 2^32 bits.
    new DataView(whole.buffer).setUint32(length - 4, bytes.length * 8);
    return new DataView(whole.buffer);
  }

  function compress(state, words) {
    var at;
    var first;
    var second;
    var w = words;
    for (at = 16; at < 64; at += 1) {
      first = turned(w[at - 15], 7) ^ turned(w[at - 15], 18) ^ (w[at - 15] >>> 3);
      second = turned(w[at - 2], 17) ^ turned(w[at - 2], 19) ^ (w[at - 2] >>> 10);
      w[at] = (w[at - 16] + first + w[at - 7] + second) | 0;
    }
    var s = state.slice();
    for (at = 0; at < 64; at += 1) {
      first = s[7] + (turned(s[4], 6) ^ turned(s[4], 11) ^ turned(s[4], 25)) +
        ((s[4] & s[5]) ^ (~s[4] & s[6])) + ROUND[at] + w[at];
      second = (turned(s[0], 2) ^ turned(s[0], 13) ^ turned(s[0], 22)) +
        ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
      s = [(first + second) | 0, s[0], s[1], s[2], (s[3] + first) | 0, s[4], s[5], s[6]];
    }
    return state.map(function (word, index) { return (word + s[index]) | 0; });
  }

  function sha256(bytes) {
    var view = padded(bytes);
    var state = START;
    var block;
    var at;
    var words;
    for (block = 0; block < view.byteLength; block += 64) {
      words = [];
      for (at = 0; at < 16; at += 1) { words.push(view.getInt32(block + 4 * at)); }
      state = compress(state, words);
    }
    var digest = new DataView(new ArrayBuffer(32));
    state.forEach(function (word, index) { digest.setInt32(4 * index, word); });
    return new Uint8Array(digest.buffer);
  }

  /** Of a key that is no longer than a block, as a seed is. */
  function hmac(key, message) {
    function mixed(pad) {
      var block = new Uint8Array(64);
      var at;
      for (at = 0; at < 64; at += 1) { block[at] = (key[at] || 0) ^ pad; }
      return block;
    }
    return sha256(joined(mixed(0x5c), sha256(joined(mixed(0x36), message))));
  }

  // --- the two ways to reckon -------------------------------------------------------------------------------

  function ownArithmetic() {
    return {
      digest: function (bytes) { return Promise.resolve(sha256(bytes)); },
      signer: function (key) {
        return Promise.resolve(function (message) { return Promise.resolve(hmac(key, message)); });
      }
    };
  }

  function browsers(subtle) {
    function read(answer) { return answer.then(function (buffer) { return new Uint8Array(buffer); }); }
    return {
      digest: function (bytes) { return read(subtle.digest('SHA-256', bytes)); },
      signer: function (key) {
        return subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']).then(function (held) {
          return function (message) { return read(subtle.sign('HMAC', held, message)); };
        });
      }
    };
  }

  // --- the draw -----------------------------------------------------------------------------------------------

  /** RFC 3339 to milliseconds, with the microseconds that Date.parse drops. */
  function instant(text) {
    var parts = /^(.{19})(?:\.(\d+))?(.*)$/.exec(text);
    return Date.parse(parts[1] + parts[3]) + (parts[2] ? Number('0.' + parts[2]) * 1000 : 0);
  }

  function byText(a, b) { return a < b ? -1 : (a > b ? 1 : 0); }

  function sortedTickets(record) {
    return record.tickets.map(function (ticket) { return [ticket.number, ticket.weight]; }).sort(function (a, b) {
      return byText(a[0], b[0]) || a[1] - b[1];
    });
  }

  function blockMessage(digest, index) {
    var number = new DataView(new ArrayBuffer(8));
    number.setUint32(4, index);
    return joined(digest, new Uint8Array(number.buffer));
  }

  /** So many words of the key stream at the least. */
  function keyStream(sign, digest, count) {
    var blocks = [];
    var index;
    for (index = 0; index * WORDS_IN_A_BLOCK < count; index += 1) { blocks.push(sign(blockMessage(digest, index))); }
    return Promise.all(blocks).then(function (signed) {
      var words = [];
      signed.forEach(function (bytes) {
        var view = new DataView(bytes.buffer, bytes.byteOffset, 32);
        var at;
        for (at = 0; at < 32; at += 4) { words.push(view.getUint32(at)); }
      });
      return words;
    });
  }

  /** The order of the tickets, or null when the words do not suffice. */
  function orderBy(words, tickets) {
    var left = tickets.slice();
    var total = left.reduce(function (sum, ticket) { return sum + ticket[1]; }, 0);
    var order = [];
    var next = 0;
    while (left.length) {
      while (next < words.length && words[next] >= TWO_TO_THE_32 - TWO_TO_THE_32 % total) { next += 1; }
      if (next >= words.length) { return null; }
      var place = words[next] % total;
      var index = 0;
      next += 1;
      while (place >= left[index][1]) {
        place -= left[index][1];
        index += 1;
      }
      total -= left[index][1];
      order.push(left.splice(index, 1)[0][0]);
    }
    return order;
  }

  function drawn(sign, digest, tickets, count) {
    return keyStream(sign, digest, count).then(function (words) {
      return orderBy(words, tickets) || drawn(sign, digest, tickets, 2 * count);
    });
  }

  function same(a, b) { return a.length === b.length && a.every(function (item, index) { return item === b[index]; }); }

  /** What late tickets and changes by hand make of an order: {fault, queue}. */
  function queueOf(record, order) {
    var late = record.late.map(function (ticket) { return [instant(ticket.arrived_at), ticket.number]; });
    var sorted = late.slice().sort(function (a, b) { return a[0] - b[0] || byText(a[1], b[1]); });
    var queue = order.concat(late.map(function (ticket) { return ticket[1]; }));
    var distinct = {};
    queue.forEach(function (number) { distinct[number] = true; });
    if (!same(late, sorted) || Object.keys(distinct).length !== queue.length) { return { fault: 'late' }; }
    var sound = record.overrides.every(function (change) {
      var from = queue.indexOf(change.ticket);
      if (!change.reason.trim() || !(change.position >= 1 && change.position <= queue.length)) { return false; }
      if (from < 0) { throw new Error('no such ticket'); }
      queue.splice(change.position - 1, 0, queue.splice(from, 1)[0]);
      return true;
    });
    if (!sound) { return { fault: 'override' }; }
    return { fault: same(queue, record.queue) ? null : 'queue', queue: queue };
  }

  function Verify(subtle) {
    var reckoning = subtle ? browsers(subtle) : ownArithmetic();

    /** fault: null when everything holds, else what does not: no_seed, form, commitment, list, order, late, override,
     * queue, unreadable. order, queue: as they were worked out, as far as it went. */
    function check(record) {
      return Promise.resolve().then(function () { return checkWhole(record); })['catch'](function () {
        return { fault: 'unreadable' };
      });
    }

    function checkWhole(record) {
      if (record.seed === null) { return { fault: 'no_seed' }; }
      if (record.algorithm !== ALGORITHM || !/^[0-9a-f]{64}$/.test(record.seed)) { return { fault: 'form' }; }
      var seed = bytesOfHex(record.seed);
      var tickets = sortedTickets(record);
      var sound = tickets.every(function (ticket) {
        var weight = ticket[1];
        return typeof weight === 'number' && weight % 1 === 0 && weight >= 1 && weight <= GREATEST_WEIGHT;
      });
      var listed = bytesOf(JSON.stringify([record.algorithm, record.station, record.date, tickets]));
      return Promise.all([reckoning.digest(seed), reckoning.digest(listed), reckoning.signer(seed)]).then(function (made) {
        if (hexOf(made[0]) !== record.commitment) { return { fault: 'commitment' }; }
        if (!sound || hexOf(made[1]) !== record.tickets_sha256) { return { fault: 'list' }; }
        return drawn(made[2], made[1], tickets, tickets.length + WORDS_IN_A_BLOCK).then(function (order) {
          if (!same(order, record.order)) { return { fault: 'order', order: order }; }
          var rest = queueOf(record, order);
          return { fault: rest.fault, order: order, queue: rest.queue };
        });
      });
    }
    return { check: check };
  }

  root.YizhanVerify = Verify;
}(this));
