/** Most programs never ask. In the package, what explains is in a file of its own, which is loaded when somebody does. */
import * as explainer from './explainer.js';

export const explaining = (): typeof explainer => explainer;
