import { slug } from 'github-slugger';
import { defineConfig } from 'vitepress';
import { repository } from '../map.mjs';
import { sidebar } from '../pages.mjs';
import { reference } from '../reference.mjs';

export default defineConfig({
  title: 'statewire',
  description:
    'An HTTP/1.1 engine for Node.js with the face of node:http. Every connection, request and response is a statechart.',
  srcDir: 'pages',
  cleanUrls: true,
  lastUpdated: false,
  // The pages are written for GitHub: so are the anchors in their links.
  markdown: { anchor: { slugify: slug } },
  themeConfig: {
    outline: [2, 3],
    search: { provider: 'local' },
    sidebar: [...sidebar(), reference()],
    socialLinks: [{ icon: 'github', link: repository }],
  },
});
