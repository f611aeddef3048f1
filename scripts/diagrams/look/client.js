/* The script of diagrams/index.html. What is shown is in the address: #machine, #machine.region.state or #machine/event. */
const data = JSON.parse(document.getElementById('data').textContent);
const details = document.getElementById('details');
const find = document.getElementById('find');
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

/** An element with these children: texts, elements, or lists of them. */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name === 'onclick') element.onclick = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.flat(9).filter((child) => child !== undefined && child !== ''));
  return element;
}

// ---- the charts ------------------------------------------------------------------------------------------------------

const machineOf = (id) => id.split(/[./]/, 1)[0];
const pathIn = (id) => id.slice(machineOf(id).length + 1) || id;
const isInside = (outer, inner) => inner === outer || inner.startsWith(`${outer}.`);
const stateOf = (id) => data[machineOf(id)]?.states.find((state) => state.id === id);
const isChoice = (id) => /\.choice\d+$/.test(id);
const outputsOf = (reaction) => reaction.outputs.flatMap((output) => output.split(' or '));
const isEvent = (name) => name.includes('.');

/** The arrows that leave a state, each reaction by itself. A choice is replaced by what it leads to. */
function leaving(machine, id) {
  return data[machine].arrows
    .filter((arrow) => arrow.from === id)
    .flatMap((arrow) => arrow.reactions.flatMap((reaction) => followed(machine, arrow, reaction)));
}

function followed(machine, { from, to }, { causes, guard, outputs }) {
  if (!isChoice(to)) return [{ from, to, causes, guard, outputs }];
  return leaving(machine, to).map((next) => ({ ...next, from, causes: named(causes, next.causes) }));
}

/** The events that lead to a choice, with the rank of one of its candidates. */
const named = (causes, [{ rank }]) => causes.map((cause) => ({ ...cause, rank }));

const transitionsOf = (machine) =>
  data[machine].states.flatMap(({ id, notes }) => [
    ...leaving(machine, id),
    ...notes.map((note) => ({ ...note, from: id, to: undefined })),
  ]);

function eventsOf(machine) {
  const causes = transitionsOf(machine).flatMap((each) => each.causes);
  return [...new Set(causes.map(({ name }) => name).filter(isEvent))].sort();
}

function emissionsOf(machine) {
  return [...new Set(transitionsOf(machine).flatMap(outputsOf).filter(isEvent))].sort();
}

const kindOf = (name) => (name.startsWith('user.') ? 'command' : name.startsWith('clock.') ? 'time' : 'fact');

// ---- the details -----------------------------------------------------------------------------------------------------

const go = (place) => () => {
  location.hash = place;
};

const eventButton = (machine, name, rank) =>
  isEvent(name)
    ? make(
        'button',
        { type: 'button', class: `is-${kindOf(name)}`, onclick: go(`${machine}/${name}`) },
        rank ? `${name} ${rank}` : name,
      )
    : make('code', {}, rank ? `${name} ${rank}` : name);

const outputButton = (machine, name) =>
  isEvent(name)
    ? make('button', { type: 'button', class: 'is-output', onclick: go(`${machine}/${name}`) }, name)
    : make('code', { class: 'guard' }, name);

const stateButton = (id) => make('button', { type: 'button', class: 'is-state', onclick: go(id) }, pathIn(id));

const withCode = (text) => text.split('`').map((part, index) => (index % 2 === 1 ? make('code', {}, part) : part));

/** `shows`: which of its ends are shown. */
function reactionItem(machine, { from, to, causes, guard, outputs }, shows) {
  const target = to === undefined ? 'stays' : make('span', { class: 'together' }, '→ ', stateButton(to));
  return make(
    'li',
    {},
    shows.from ? [stateButton(from), ' '] : '',
    shows.event ? causes.map(({ name, rank }) => [eventButton(machine, name, rank), ' ']) : '',
    guard === undefined ? '' : make('code', { class: 'guard' }, `[${guard}] `),
    shows.to && causes[0]?.kind !== 'none' ? [target, ' '] : '',
    outputs.map((output, index) => [
      ' ',
      make(
        'span',
        { class: 'together' },
        index === 0 ? make('span', { class: 'guard' }, '/ ') : '',
        outputButtons(machine, output),
      ),
    ]),
  );
}

const outputButtons = (machine, output) =>
  output
    .split(' or ')
    .map((name, index) => [index > 0 ? make('span', { class: 'guard' }, 'or ') : '', outputButton(machine, name), ' ']);

function list(title, items) {
  return items.length === 0 ? [] : [make('h4', {}, title), make('ul', {}, items)];
}

const chips = (title, buttons) =>
  buttons.length === 0
    ? []
    : [
        make('h4', {}, title),
        make(
          'ul',
          { class: 'events' },
          buttons.map((button) => make('li', {}, button)),
        ),
      ];

function machineDetails(machine) {
  const [root] = data[machine].states;
  const { senders } = data[machine];
  const bySender = Map.groupBy
    ? Map.groupBy(eventsOf(machine), (name) => senders[name])
    : groups(eventsOf(machine), senders);
  const emissions = emissionsOf(machine);
  const isOrder = (name) => name.startsWith('io.');
  return [
    make('h3', {}, machine),
    make('p', {}, root.description),
    [...bySender].map(([sender, names]) =>
      chips(
        `Sent by ${article(sender)}`,
        names.map((name) => eventButton(machine, name)),
      ),
    ),
    chips(
      'Emitted for the program',
      emissions.filter((name) => !isOrder(name)).map((name) => outputButton(machine, name)),
    ),
    chips(
      'Orders to the world',
      emissions.filter(isOrder).map((name) => outputButton(machine, name)),
    ),
    make(
      'p',
      { class: 'note' },
      'Click a state, or an event on an arrow or here. Keys: ',
      ...keys('Tab', 'go from state to state, '),
      ...keys('↑ ↓ ← →', 'to the next one, '),
      ...keys('Enter', 'choose it, '),
      ...keys('Esc', 'end that, '),
      ...keys('/', 'find.'),
    ),
  ];
}

const keys = (key, text) => [make('kbd', {}, key), ` ${text}`];

const article = (sender) => (sender === 'program' || sender === 'world' ? `the ${sender}` : sender);

function groups(names, senders) {
  const map = new Map();
  for (const name of names) map.set(senders[name], [...(map.get(senders[name]) ?? []), name]);
  return map;
}

function stateDetails(id) {
  const machine = machineOf(id);
  const { description, notes, type, initial } = stateOf(id);
  const around = data[machine].states.filter((state) => state.id !== id && isInside(state.id, id)).reverse();
  const own = [...notes.map((note) => ({ ...note, from: id, to: undefined })), ...leaving(machine, id)];
  const before = transitionsOf(machine).filter((each) => each.to === id);
  const inner = data[machine].states.filter(
    (state) => state.id.startsWith(`${id}.`) && !state.id.slice(id.length + 1).includes('.'),
  );
  const shows = { event: true, to: true };
  return [
    make('h3', {}, pathIn(id)),
    make('p', {}, description),
    type === 'final' ? make('p', { class: 'note' }, 'The machine ends here.') : '',
    initial.length > 0 && type === 'compound'
      ? make('p', { class: 'note' }, 'Begins in ', initial.map(stateButton))
      : '',
    chips(
      'Its states',
      inner.map((state) => stateButton(state.id)),
    ),
    list(
      'Reacts to',
      own.map((each) => reactionItem(machine, each, shows)),
    ),
    around.map((state) =>
      list(
        `Besides, as all states in ${pathIn(state.id)}`,
        [
          ...state.notes
            .filter(({ causes }) => isEvent(causes[0].name))
            .map((note) => ({ ...note, from: state.id, to: undefined })),
          ...leaving(machine, state.id),
        ].map((each) => reactionItem(machine, each, shows)),
      ),
    ),
    list(
      'Comes from',
      before.map((each) => reactionItem(machine, each, { from: true, event: true })),
    ),
  ];
}

function eventDetails(machine, name) {
  const { senders, meanings } = data[machine];
  const taken = transitionsOf(machine).filter(({ causes }) => causes.some((cause) => cause.name === name));
  const emitted = transitionsOf(machine).filter((each) => outputsOf(each).includes(name));
  const others = Object.keys(data).filter((other) => other !== machine);
  const takers = others.filter((other) => eventsOf(other).includes(name));
  const emitters = others.filter((other) => emissionsOf(other).includes(name));
  const other = (each) => make('button', { type: 'button', onclick: go(`${each}/${name}`) }, each);
  const isOutput = emitted.length > 0;
  const what = isOutput
    ? name.startsWith('io.')
      ? `An order of ${machine} to the world.`
      : `The program sees it as '${name.slice(name.indexOf('.') + 1)}'.`
    : `Sent to ${machine} by ${article(senders[name])}.`;
  return [
    make('h3', { class: isOutput ? 'is-output' : `is-${kindOf(name)}` }, name),
    meanings[name] ? make('p', {}, withCode(meanings[name])) : '',
    make('p', { class: 'note' }, what),
    list(
      'Taken in',
      byRank(taken, name).map((each) => reactionItem(machine, each, { from: true, to: true })),
    ),
    list(
      'Emitted in',
      emitted.map((each) => reactionItem(machine, each, { from: true, event: true, to: true })),
    ),
    chips('Taken by other machines, too', takers.map(other)),
    chips('Emitted by other machines, too', emitters.map(other)),
  ];
}

/** Of each state, in the order in which they are tried. */
function byRank(transitions, name) {
  const rank = ({ causes }) => causes.find((cause) => cause.name === name).rank ?? 0;
  const places = [...new Set(transitions.map(({ from }) => from))];
  return [...transitions].sort(
    (one, two) => places.indexOf(one.from) - places.indexOf(two.from) || rank(one) - rank(two),
  );
}

/** A part of a drawing that stands for several events. */
function arrowDetails(machine, from, to) {
  const found = transitionsOf(machine).filter(
    (each) => each.to !== undefined && isInside(from, each.from) && isInside(to, each.to),
  );
  return [
    make('h3', {}, isChoice(from) ? '' : pathIn(from), ' → ', isChoice(to) ? '' : pathIn(to)),
    list(
      'On',
      found.map((each) => reactionItem(machine, each, { from: each.from !== from, event: true, to: each.to !== to })),
    ),
  ];
}

// ---- the drawings ----------------------------------------------------------------------------------------------------

const sectionOf = (machine) => document.querySelector(`section[data-machine="${machine}"]`);
const has = (element, name, word) => (element.getAttribute(name) ?? '').split(' ').includes(word);

/** @param isLit of arrows and their labels; without, none is dimmed */
function light(section, isLit, states) {
  section.classList.toggle('lighting', isLit !== undefined);
  for (const element of all('[data-events]', section)) element.classList.toggle('lit', isLit?.(element) ?? false);
  for (const rect of all('rect[data-state]', section)) rect.classList.toggle('lit', states.has(rect.dataset.state));
}

/** Whether an arrow leads from or to the state, which may be folded in one of the ends of the arrow. */
function touches(machine, id) {
  const found = transitionsOf(machine).filter(({ from, to }) => to !== undefined && (from === id || to === id));
  const choices = data[machine].arrows.filter(({ from, to }) => from === id && isChoice(to)).map(({ to }) => to);
  return ({ dataset: { from, to } }) =>
    from === id ||
    to === id ||
    choices.includes(from) ||
    (!isInside(from, to) && found.some((each) => isInside(from, each.from) && isInside(to, each.to)));
}

/** Marks a name wherever it is written in a drawing. */
function mark(section, name) {
  for (const text of all('tspan', section)) {
    text.classList.toggle('hit', name !== undefined && text.textContent.split(/[ ,]+/).includes(name));
  }
}

function statesWith(machine, test) {
  return new Set(data[machine].states.filter(({ notes }) => notes.some(test)).map(({ id }) => id));
}

function show() {
  const place = decodeURIComponent(location.hash.slice(1));
  const machine = machineOf(place) in data ? machineOf(place) : 'connection';
  const [, event] = place.split('/');
  const state = event === undefined ? stateOf(place) : undefined;
  const section = sectionOf(machine);
  for (const each of all('section')) each.hidden = each !== section;
  for (const link of all('nav a')) {
    const id = link.getAttribute('href').slice(1);
    const isHere = id === machine || isInside(id, place);
    if (isHere) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
    link
      .closest('li')
      .classList.toggle(
        'open',
        machineOf(link.closest('li').querySelector('a').getAttribute('href').slice(1)) === machine,
      );
  }
  const nav = document.querySelector('nav');
  const { offsetLeft, offsetWidth } = nav.querySelector('.machine[aria-current]');
  nav.scrollLeft = offsetLeft - (nav.clientWidth - offsetWidth) / 2;
  for (const rect of all('.chosen')) rect.classList.remove('chosen');
  const isRegion = state !== undefined && state.id.split('.').length < 3 && document.getElementById(state.id) !== null;
  mark(section, event);
  if (event !== undefined) {
    light(
      section,
      (element) => has(element, 'data-events', event) || has(element, 'data-outputs', event),
      statesWith(machine, (note) => note.causes.some(({ name }) => name === event) || outputsOf(note).includes(event)),
    );
    fill(eventDetails(machine, event));
  } else if (state !== undefined && !isRegion) {
    light(section, touches(machine, state.id), new Set());
    fill(stateDetails(state.id));
  } else {
    light(section, undefined, new Set());
    fill(state === undefined || state.id === machine ? machineDetails(machine) : stateDetails(state.id));
  }
  document.title = `${place === '' ? machine : place} – statewire: the machines`;
  if (isRegion) document.getElementById(state.id).scrollIntoView({ block: 'start' });
  else if (state !== undefined) choose(section, state.id);
  else if (event !== undefined) {
    const lit = all('.named.lit, rect.lit', section);
    reveal(lit[0], lit.some(isSeen));
  }
}

function fill(content) {
  details.replaceChildren(...content.flat(9).filter((part) => part !== ''));
  details.parentElement.scrollTop = 0;
}

function choose(section, id) {
  // A state that is drawn below has two boxes.
  const rects = all('rect[data-state]', section).filter((rect) => rect.dataset.state === id);
  for (const rect of rects) rect.classList.add('chosen');
  reveal(rects.at(-1), rects.some(isSeen));
}

const panel = document.querySelector('aside');
const isNarrow = () => getComputedStyle(panel).position === 'fixed';

function isSeen(element) {
  const { top, bottom } = element.getBoundingClientRect();
  return top > 60 && bottom < (isNarrow() ? panel.getBoundingClientRect().top : innerHeight) - 8;
}

function reveal(element, isThere) {
  if (!isThere) element?.scrollIntoView({ block: isNarrow() ? 'start' : 'center', inline: 'center' });
}

document.getElementById('fold').onclick = () => panel.classList.toggle('folded');

document.querySelector('main').addEventListener('click', ({ target }) => {
  const machine = target.closest('section')?.dataset.machine;
  if (machine === undefined) return;
  const part = target.closest('[data-events]');
  if (part !== null) {
    const events = part.dataset.events.split(' ').filter(isEvent);
    if (events.length === 1) location.hash = `${machine}/${events[0]}`;
    else {
      const { from, to } = part.dataset;
      light(sectionOf(machine), (each) => each.dataset.from === from && each.dataset.to === to, new Set());
      fill(arrowDetails(machine, from, to));
    }
  } else if (target.dataset.state !== undefined) location.hash = target.dataset.state;
  else if (target.tagName === 'svg') location.hash = machine;
});

for (const rect of all('rect[data-state]')) {
  rect.setAttribute('tabindex', '0');
  rect.setAttribute('role', 'button');
  rect.setAttribute('aria-label', rect.textContent);
}

// ---- keys ------------------------------------------------------------------------------------------------------------

const STEPS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

/** The nearest state in a direction: sideways counts double. */
function next(rect, [right, down]) {
  const middle = (each) => {
    const { left, top, width, height } = each.getBoundingClientRect();
    return [left + width / 2, top + height / 2];
  };
  const [x, y] = middle(rect);
  const found = all('rect.state[data-state]', rect.closest('section'))
    .map((each) => {
      const [dx, dy] = middle(each).map((value, index) => value - [x, y][index]);
      return { each, along: dx * right + dy * down, aside: Math.abs(dx * down) + Math.abs(dy * right) };
    })
    .filter(({ each, along }) => each !== rect && along > 4);
  found.sort((one, two) => one.along + 2 * one.aside - (two.along + 2 * two.aside));
  return found[0]?.each;
}

document.addEventListener('keydown', (event) => {
  const { target, key } = event;
  if (key === '/' && target !== find) {
    event.preventDefault();
    find.focus();
  } else if (key === 'Escape') {
    find.value = '';
    find.blur();
    const machine = machineOf(location.hash.slice(1));
    if (machine in data) location.hash = machine;
    show();
  } else if (target.dataset?.state !== undefined) {
    if (key === 'Enter' || key === ' ') {
      event.preventDefault();
      location.hash = target.dataset.state;
    } else if (key in STEPS) {
      event.preventDefault();
      next(target, STEPS[key])?.focus();
    }
  }
});

// ---- finding ---------------------------------------------------------------------------------------------------------

const places = Object.keys(data).flatMap((machine) => [
  ...data[machine].states.map(({ id }) => id),
  ...[...new Set([...eventsOf(machine), ...emissionsOf(machine)])].map((name) => `${machine}/${name}`),
]);
document.getElementById('found').append(...places.map((value) => make('option', { value })));

find.addEventListener('change', () => {
  const text = find.value.trim();
  if (text === '') return;
  const machine = machineOf(location.hash.slice(1));
  const fits = [
    (place) => place === text,
    (place) => place === `${machine}/${text}`,
    (place) => place.endsWith(`/${text}`) || place.endsWith(`.${text}`),
    (place) => place.toLowerCase().includes(text.toLowerCase()),
  ];
  const place = fits.map((fit) => places.find(fit)).find((each) => each !== undefined);
  find.setCustomValidity(place === undefined ? 'There is no such state or event' : '');
  if (place === undefined) find.reportValidity();
  else {
    location.hash = place;
    find.blur();
    find.value = '';
  }
});
find.addEventListener('input', () => find.setCustomValidity(''));

// ---- light and dark --------------------------------------------------------------------------------------------------

const dark = matchMedia('(prefers-color-scheme: dark)');
const paint = (isDark) => {
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
};
paint(dark.matches);
dark.addEventListener('change', () => paint(dark.matches));
document.getElementById('theme').onclick = () => paint(document.documentElement.dataset.theme === 'light');

addEventListener('hashchange', show);
show();
