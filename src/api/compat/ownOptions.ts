/** Options as a program gave them: properties of Object.prototype don't count. */

/** The prototype of copied options. Objects with it are faster than objects without a prototype. */
class OwnOptions {}
Object.setPrototypeOf(OwnOptions.prototype, null);

/** A copy of the options' own properties, later ones over earlier ones; nothing is inherited from Object.prototype. */
export function ownOptions<Options extends object>(...given: readonly (Options | null | undefined)[]): Options {
  return Object.assign(new OwnOptions() as Options, ...given);
}

/** As `ownOptions`, with properties inherited from anything but Object.prototype (of any realm), such as a program's class. */
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

/** One option, unless it is inherited from Object.prototype. */
export function optionOf<Options extends object, Name extends keyof Options & string>(
  options: Options | null | undefined,
  name: Name,
): Options[Name] | undefined {
  const value = options?.[name];
  if (value === undefined || value !== Reflect.get(Object.prototype, name)) return value;
  return Object.hasOwn(options as Options, name) ? value : undefined;
}
