/** `statewire completions`: scripts that complete its commands, options and arguments in shells. */
import { unknown } from './guess.js';
import { type Command, HELP, misuse, type Option, type Spec } from './spec.js';

type Shell = (commands: readonly Spec[], home: string) => string;

/** @param commands all of them, with this one */
export function completions(commands: () => readonly Spec[]): Command {
  const spec: Spec = {
    name: 'completions',
    summary: 'print a script for your shell that completes this command',
    usage: '<bash|zsh|fish>',
    text: `Prints a script that completes the commands, options and arguments of a statewire on the PATH, not of npx statewire.

  bash   in ~/.bashrc:   source <(statewire completions bash)
  zsh    in ~/.zshrc:    source <(statewire completions zsh)
  fish   run once:       statewire completions fish > ~/.config/fish/completions/statewire.fish`,
    options: [],
    operands: () => Object.keys(SHELLS),
  };
  return {
    ...spec,
    run({ operands: [name, ...more] }, { print, home }) {
      if (name === undefined || more.length > 0) throw misuse('completions takes one shell', spec.name);
      const script = Object.hasOwn(SHELLS, name) ? SHELLS[name] : undefined;
      if (script === undefined) throw unknown('shell', name, Object.keys(SHELLS));
      print(script(commands(), home));
      return 0;
    },
  };
}

const GLOBAL: readonly Option[] = [HELP, { name: 'version', short: 'v', text: 'print the version' }];

const optionsOf = ({ options }: Spec): readonly Option[] => [...options, HELP];

const flagsOf = ({ name, short }: Option): string[] => [`--${name}`, ...(short === undefined ? [] : [`-${short}`])];

/** What completes paths. */
const PATHS: Readonly<
  Record<string, { readonly bash: string; readonly zsh: string; readonly fish: string } | undefined>
> = {
  folder: { bash: 'compgen -d', zsh: '_files -/', fish: '(__fish_complete_directories)' },
  file: { bash: 'compgen -f', zsh: '_files', fish: '(__fish_complete_path)' },
};

/** In single quotes, for all three shells. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const bash: Shell = (commands, home) => {
  const first = [...commands.map(({ name }) => name), ...GLOBAL.flatMap(flagsOf)].join(' ');
  const values = commands.flatMap((command) =>
    optionsOf(command).flatMap((option) => {
      const found = option.values?.(home);
      if (found === undefined) return [];
      const reply = PATHS[String(found)]?.bash ?? `compgen -W ${quoted([found].flat().join(' '))}`;
      return [`    ${quoted(`${command.name} --${option.name}`)}) COMPREPLY=($(${reply} -- "$cur")); return ;;`];
    }),
  );
  const words = commands.map((command) => {
    const all = [...command.operands(home), ...optionsOf(command).flatMap(flagsOf)].join(' ');
    const files = command.takesFiles ? '; compgen -f -- "$cur"' : '';
    return `    ${command.name}) COMPREPLY=($(compgen -W ${quoted(all)} -- "$cur"${files})) ;;`;
  });
  return `# Completes statewire in bash: source <(statewire completions bash)
_statewire() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} IFS=$' \\t\\n'
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W ${quoted(first)} -- "$cur"))
    return
  fi
  case "\${COMP_WORDS[1]} $prev" in
${values.join('\n')}
  esac
  case "\${COMP_WORDS[1]}" in
${words.join('\n')}
  esac
}
complete -F _statewire statewire
`;
};

/** A colon would end a name. */
const named = (name: string, text: string): string => quoted(`${name}:${text.replaceAll(':', '\\:')}`);

function zshOption(option: Option, home: string): string {
  const { multiple, text, value } = option;
  const found = option.values?.(home);
  const flags = flagsOf(option);
  const those = flags.length === 1 ? flags[0] : `{${flags.join(',')}}`;
  const action = PATHS[String(found)]?.zsh ?? `(${[found ?? []].flat().join(' ')})`;
  const rest = quoted(`[${text.replace(/[[\]:]/g, '\\$&')}]${value === undefined ? '' : `:${value}:${action}`}`);
  const before = multiple ? "'*'" : flags.length === 1 ? '' : quoted(`(${flags.join(' ')})`);
  return `${before}${those}${rest}`;
}

const zsh: Shell = (commands, home) => {
  const cases = commands.map((command) => {
    const operands = quoted(`*:argument:${command.takesFiles ? '_files' : `(${command.operands(home).join(' ')})`}`);
    const lines = [...optionsOf(command).map((option) => zshOption(option, home)), operands];
    return `    ${command.name})\n      _arguments \\\n        ${lines.join(' \\\n        ')} ;;`;
  });
  return `#compdef statewire
# Completes statewire in zsh: source <(statewire completions zsh)
_statewire() {
  if ((CURRENT == 2)); then
    local -a commands
    commands=(
      ${commands.map(({ name, summary }) => named(name, summary)).join('\n      ')}
    )
    _describe command commands
    _arguments ${GLOBAL.map((option) => zshOption(option, home)).join(' ')}
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${cases.join('\n')}
  esac
}
if [[ $funcstack[1] == _statewire ]]; then
  _statewire "$@"
else
  (($+functions[compdef])) || { autoload -Uz compinit && compinit; }
  compdef _statewire statewire
fi
`;
};

function fishOption(condition: string, option: Option, home: string): string {
  const { name, short, text } = option;
  const found = option.values?.(home);
  const words = PATHS[String(found)]?.fish ?? (found === undefined ? undefined : [found].flat().join(' '));
  return [
    `complete -c statewire -n ${quoted(condition)} -l ${name}`,
    ...(short === undefined ? [] : [`-s ${short}`]),
    ...(words === undefined ? [] : [`-x -a ${quoted(words)}`]),
    `-d ${quoted(text)}`,
  ].join(' ');
}

const fish: Shell = (commands, home) => {
  const first = '__fish_use_subcommand';
  const lines = commands.flatMap((command) => {
    const condition = `__fish_seen_subcommand_from ${command.name}`;
    return [
      `complete -c statewire -n ${first} -a ${command.name} -d ${quoted(command.summary)}`,
      command.takesFiles
        ? `complete -c statewire -n ${quoted(condition)} -F`
        : `complete -c statewire -n ${quoted(condition)} -a ${quoted(command.operands(home).join(' '))}`,
      ...optionsOf(command).map((option) => fishOption(condition, option, home)),
    ];
  });
  return `# Completes statewire in fish: statewire completions fish > ~/.config/fish/completions/statewire.fish
complete -c statewire -f
${[...lines, ...GLOBAL.map((option) => fishOption(first, option, home))].join('\n')}
`;
};

const SHELLS: Readonly<Record<string, Shell>> = { bash, zsh, fish };
