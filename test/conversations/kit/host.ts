/** The major version of the Node that this runs on, whose node:http is what statewire is compared with. */
export const HOST = Number.parseInt(process.versions.node, 10);
