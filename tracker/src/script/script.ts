import { run } from './core.js';
import type { Settings } from './settings.js';

declare const __SETTINGS__: Settings;

run(__SETTINGS__);
