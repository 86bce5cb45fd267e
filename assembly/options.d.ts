/** For editors alone. Of asconfig.json, a constant: 1 in the build for engines that merge two neighbouring vectors, else 0. */
declare const WIDE: i32;
