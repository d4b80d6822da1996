import 'uplot/dist/uPlot.min.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { applyChosenTheme } from './state/theme.ts';
import { followTips } from './state/tips.ts';

applyChosenTheme();
const root = document.getElementById('app');
if (root) render(<App />, root);
followTips();
