/* Keeps the screen page itself on the box, so that a cold start with no network shows the last state.
 *
 * The page's files are answered from the cache first and refreshed behind it, all or none, so that a new
 * release never mixes with an old one. Served at /screen/sw.js with scope /screen/. ES5 only. */
(function (worker) {
  'use strict';

  var CACHE = 'yizhan-screen';
  var SHELL = '/screen/assets/index.html';
  var CONFIG = '/screen/config.json';
  var FILES = [
    SHELL,
    '/screen/assets/screen.css',
    '/screen/assets/day.js',
    '/screen/assets/screen.js',
    '/screen/assets/texts.zh-CN.js',
    '/screen/assets/icon.svg'
  ];

  /** Fetches every file anew; resolves to true when any of them differs from the cached one. */
  function refresh() {
    return caches.open(CACHE).then(function (cache) {
      return Promise.all(FILES.map(function (url) {
        return fetch(url, { cache: 'no-cache' }).then(function (response) {
          if (!response.ok) { throw new Error(url + ': ' + response.status); }
          return cache.match(url).then(function (held) {
            return Promise.all([response.clone().text(), held ? held.text() : null]);
          }).then(function (bodies) {
            return { url: url, response: response, differs: bodies[0] !== bodies[1] };
          });
        });
      })).then(function (files) {
        var differing = files.filter(function (file) { return file.differs; });
        return Promise.all(differing.map(function (file) {
          return cache.put(file.url, file.response);
        })).then(function () { return differing.length > 0; });
      });
    });
  }

  function tellPages() {
    return worker.clients.matchAll({ includeUncontrolled: true }).then(function (pages) {
      pages.forEach(function (page) { page.postMessage({ type: 'updated' }); });
    });
  }

  function refreshQuietly() {
    return refresh().then(function (changed) {
      return changed ? tellPages() : undefined;
    }, function () { /* no network: what is cached serves on */ });
  }

  function cachedFirst(url, request) {
    return caches.open(CACHE).then(function (cache) {
      return cache.match(url).then(function (held) { return held || fetch(request); });
    });
  }

  function networkFirst(request) {
    return caches.open(CACHE).then(function (cache) {
      return fetch(request).then(function (response) {
        if (!response.ok) { throw new Error('config: ' + response.status); }
        return cache.put(CONFIG, response.clone()).then(function () { return response; });
      })['catch'](function (error) {
        return cache.match(CONFIG).then(function (held) {
          if (held) { return held; }
          throw error;
        });
      });
    });
  }

  worker.addEventListener('install', function (event) {
    event.waitUntil(refresh().then(function () { return worker.skipWaiting(); }));
  });

  worker.addEventListener('activate', function (event) {
    event.waitUntil(worker.clients.claim());
  });

  worker.addEventListener('message', function (event) {
    if (event.data && event.data.type === 'refresh') { event.waitUntil(refreshQuietly()); }
  });

  worker.addEventListener('fetch', function (event) {
    var url = new URL(event.request.url);
    if (event.request.method !== 'GET' || url.origin !== worker.location.origin) { return; }
    if (url.pathname === CONFIG) {
      event.respondWith(networkFirst(event.request));
    } else if (/^\/screen\/\d{6,20}\/?$/.test(url.pathname)) {
      event.respondWith(cachedFirst(SHELL, event.request));
    } else if (FILES.indexOf(url.pathname) >= 0) {
      event.respondWith(cachedFirst(url.pathname, event.request));
    }
  });
}(self));
