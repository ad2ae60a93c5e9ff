import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const OUT = "../src/reliabel/review/static";
const FILES = ["index.html", "package-lock.json", "package.json", "tsconfig.json", "vite.config.js"];

/** SHA-256 of all that the build is made from; tests/unit/review/test_page_is_current.py makes it again. */
function sourceHash() {
  const src = readdirSync("src", { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name).replaceAll("\\", "/"));
  const whole = createHash("sha256");
  for (const path of [...FILES, ...src].sort()) {
    whole.update(`${path}\0${createHash("sha256").update(readFileSync(path)).digest("hex")}\n`);
  }
  return whole.digest("hex");
}

const writesSource = {
  name: "writes-source",
  closeBundle() {
    writeFileSync(join(OUT, "source.sha256"), `${sourceHash()}\n`);
  },
};

export default defineConfig({
  base: "./", // the page also works under a sub-path of a proxy
  plugins: [svelte(), writesSource],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // the content-security policy allows no data: addresses
    modulePreload: { polyfill: false },
  },
});
