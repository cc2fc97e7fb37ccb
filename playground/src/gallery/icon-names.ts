// The names of the icons, from the wire's own list.
export { iconNames } from '../../../src/protocol/icons';
