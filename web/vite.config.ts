import { svelte } from "@sveltejs/vite-plugin-svelte";
import tailwindcss from "@tailwindcss/vite";
import { loadEnv } from "vite";
import { defineConfig } from "vitest/config";

// `npm run dev` shows the source with the data of a running exchange.
const exchange = loadEnv("", ".", "VENUS_").VENUS_REST ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "./",
  plugins: [tailwindcss(), svelte()],
  build: {
    outDir: "../src/venus/console/pages",
    emptyOutDir: true,
    target: "es2022",
    // The built pages are committed and compared byte for byte: nothing in them may depend on time, place or machine.
    sourcemap: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: ["index.html", "record.html", "approve.html", "p2p.html"],
      // What others wrote stays in files of its own, which change only when a version does; only the market has charts.
      output: {
        codeSplitting: {
          groups: [
            { name: "charts", test: /node_modules\/(lightweight-charts|fancy-canvas)/, priority: 1 },
            { name: "vendor", test: /node_modules/ },
          ],
        },
      },
    },
    license: { fileName: "licenses.txt" },
  },
  server: {
    host: "127.0.0.1",
    proxy: {
      "/api": exchange,
      "/record/": exchange,
      "/coins": exchange,
      "/sandbox": exchange,
      "/p2p/": { target: exchange, ws: true },
      "/stream": { target: exchange.replace(/^http/, "ws"), ws: true },
    },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
