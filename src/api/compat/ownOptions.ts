/** Options as a program gave them: an option that hangs on Object.prototype is none. */

/** What options are read by. Its objects are quicker than those that have no prototype at all. */
class OwnOptions {}
Object.setPrototypeOf(OwnOptions.prototype, null);

/** A copy of the options, of later ones over earlier ones, that has what is theirs, and nothing that hangs on Object.prototype. */
export function ownOptions<Options extends object>(...given: readonly (Options | null | undefined)[]): Options {
  return Object.assign(new OwnOptions() as Options, ...given);
}

/** As `ownOptions`, with what is inherited from anything but Object.prototype (of any realm), such as a program's own class. */
export function allOptions<Options extends object>(given: Options): Options {
  const options = ownOptions<Options>();
  for (let each = given; each === given || Object.getPrototypeOf(each) !== null; each = Object.getPrototypeOf(each)) {
    for (const name of Object.getOwnPropertyNames(each)) {
      if (!(name in options)) Reflect.set(options, name, Reflect.get(given, name));
    }
    if (Object.getPrototypeOf(each) === null) break;
  }
  return options;
}

/** One option, unless it hangs on Object.prototype. */
export function optionOf<Options extends object, Name extends keyof Options & string>(
  options: Options | null | undefined,
  name: Name,
): Options[Name] | undefined {
  const value = options?.[name];
  if (value === undefined || value !== Reflect.get(Object.prototype, name)) return value;
  return Object.hasOwn(options as Options, name) ? value : undefined;
}
