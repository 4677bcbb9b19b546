// The bundle's beginning: which page the root element asks for, and who hosts it.

import { render } from 'preact';
import { DetailsPage } from './details/page';
import './styles.css';
import { VsCodeHost } from './vscode-host';

const root = document.getElementById('root');
if (root !== null) {
  const setup = JSON.parse(root.dataset['setup'] ?? '{}') as { translations?: unknown; panel?: unknown };
  const host = new VsCodeHost(setup.translations);
  host.note(setup.panel);
  render(<DetailsPage host={host} />, root);
}
