/** `statewire/journal/register`: `STATEWIRE_JOURNAL=folder node --import statewire/journal/register app.js`. See docs/journal.md. */
import { keepFromEnvironment } from './index.js';

keepFromEnvironment();
