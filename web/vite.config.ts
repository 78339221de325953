import vue from '@vitejs/plugin-vue'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import components from 'unplugin-vue-components/vite'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

// Browsers of the oldest office machines; below this a page stays blank.
const OLDEST = ['chrome64', 'safari12']

/** Whose API the development server passes on to. */
const GATEWAY = process.env['YIZHAN_GATEWAY'] ?? 'http://127.0.0.1:8600'

/** Pages that open with no network, and the files beside the built ones that they need. */
const OFFLINE_PAGES = ['/ConsoleShell.vue', '/CheckInDesk.vue']
const OFFLINE_FILES = ['/console/shim.js', '/console/manifest.webmanifest', '/screen/assets/icon.svg']

/** Writes offline.json: what the service worker keeps, which is all that these pages import. */
function offlineList(): Plugin {
  return {
    name: 'offline-list',
    generateBundle(_, bundle) {
      const files = new Set<string>()
      const add = (name: string): void => {
        const chunk = bundle[name]
        if (files.has(name) || !chunk) return
        files.add(name)
        if (chunk.type !== 'chunk') return
        chunk.viteMetadata?.importedCss.forEach((css) => files.add(css))
        chunk.imports.forEach(add)
      }
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue
        const isOffline = OFFLINE_PAGES.some((page) => chunk.facadeModuleId?.endsWith(page))
        if (chunk.isEntry || isOffline) add(chunk.fileName)
      }
      const list = [...[...files].sort().map((name) => `/console/${name}`), ...OFFLINE_FILES]
      this.emitFile({ type: 'asset', fileName: 'offline.json', source: JSON.stringify(list) })
    },
  }
}

export default defineConfig({
  base: '/console/',
  plugins: [
    vue(),
    components({ dts: false, dirs: [], resolvers: [ElementPlusResolver({ importStyle: 'css' })] }),
    offlineList(),
  ],
  build: {
    outDir: '../gateway/pages/console',
    emptyOutDir: true,
    target: OLDEST,
    cssTarget: OLDEST,
    // The page's policy allows no data: fonts or inline scripts, and a preload helper only costs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  server: {
    proxy: { '/api': GATEWAY, '/screen': GATEWAY },
  },
  test: {
    // What needs a document says so in its first line: making one takes a second for each file.
    environment: 'node',
    include: ['tests/**/*.test.ts'],
    // Left to Node these would be read as modules.
    server: { deps: { inline: [/element-plus\/.*\/style\//] } },
  },
})
