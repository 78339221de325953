import vue from '@vitejs/plugin-vue'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import components from 'unplugin-vue-components/vite'
import { defineConfig } from 'vitest/config'

// Browsers of the oldest office machines; below this a page stays blank.
const OLDEST = ['chrome64', 'safari12']

/** Whose API the development server passes on to. */
const GATEWAY = process.env['YIZHAN_GATEWAY'] ?? 'http://127.0.0.1:8600'

export default defineConfig({
  base: '/console/',
  plugins: [
    vue(),
    components({ dts: false, dirs: [], resolvers: [ElementPlusResolver({ importStyle: 'css' })] }),
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
    environment: 'jsdom',
    include: ['tests/**/*.test.ts'],
  },
})
