/** What a visitor chose, remembered in the browser; nothing else is. */

import type { Interval } from "../market/candles.ts";
import { INTERVALS } from "../market/candles.ts";
import { en, type Words } from "../words/en.ts";
import { zh } from "../words/zh.ts";

export const LANGUAGES = { en, zh } as const;
export type Language = keyof typeof LANGUAGES;
export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];
/** Which colour means rising and buying. */
export const PALETTES = ["green-up", "red-up", "blue-up"] as const;
export type Palette = (typeof PALETTES)[number];

const KEY = "venus.settings";
const HTML_LANGUAGES: Record<Language, string> = { en: "en", zh: "zh-CN" };

class Settings {
  language = $state<Language>(navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");
  theme = $state<Theme>("system");
  /** Null until chosen: then each language keeps its own custom. */
  paletteChosen = $state<Palette | null>(null);
  symbol = $state("");
  interval = $state<Interval>("1h");
  account = $state("");
  #isSystemDark = $state(false);

  readonly words: Words = $derived(LANGUAGES[this.language]);
  readonly palette: Palette = $derived(this.paletteChosen ?? (this.language === "zh" ? "red-up" : "green-up"));
  readonly isDark: boolean = $derived(this.theme === "system" ? this.#isSystemDark : this.theme === "dark");

  constructor() {
    this.#recall();
    const system = matchMedia("(prefers-color-scheme: dark)");
    this.#isSystemDark = system.matches;
    system.addEventListener("change", () => (this.#isSystemDark = system.matches));
    $effect.root(() => {
      $effect(() => this.#remember());
      $effect(() => this.#dress());
    });
  }

  #recall(): void {
    let kept: Partial<Record<string, unknown>>;
    try {
      kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    } catch {
      return; // storage is forbidden or damaged: the defaults hold
    }
    this.language = oneOf(Object.keys(LANGUAGES) as Language[], kept.language) ?? this.language;
    this.theme = oneOf(THEMES, kept.theme) ?? this.theme;
    this.paletteChosen = oneOf(PALETTES, kept.palette) ?? null;
    this.interval = oneOf(INTERVALS, kept.interval) ?? this.interval;
    this.symbol = typeof kept.symbol === "string" ? kept.symbol : "";
    this.account = typeof kept.account === "string" ? kept.account : "";
  }

  #remember(): void {
    const { language, theme, paletteChosen: palette, symbol, interval, account } = this;
    try {
      localStorage.setItem(KEY, JSON.stringify({ language, theme, palette, symbol, interval, account }));
    } catch {
      // Storage is forbidden: the choice holds until the page is left.
    }
  }

  #dress(): void {
    const root = document.documentElement;
    root.lang = HTML_LANGUAGES[this.language];
    root.dataset.theme = this.isDark ? "venus-dark" : "venus-light";
    root.dataset.palette = this.palette;
  }
}

function oneOf<T extends string>(values: readonly T[], value: unknown): T | undefined {
  return values.find((each) => each === value);
}

export const settings = new Settings();
