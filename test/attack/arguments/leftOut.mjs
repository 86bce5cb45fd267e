// What is not called, and errors of JavaScript that are right. Each with its reason.

/** @type {[RegExp, string][]} */
export const notCalled = [
  [/^(setBackend|init)$/, "all later cases would run on another engine"],
  [/\.(activityRegularizer|regularizer|constraint)$/, "functions of the user that a layer or weight holds"],
  [/^new (Tensor|StringTensor|Variable|SymbolicTensor|RandomStream)$/, "only the engine makes these, by functions that check"],
  [/^new \w*Error$|^(shapeText|nearest|unknownName|shown|check[A-Z]\w*|kindOf|kindsOf)$/, "sentences of errors, for authors of layers"],
  [/^directions\./, "an array"],
  [/^new (Layer|ModelLayer|Trainable|Cell|RecurrentLayer|Optimizer|SequentialModel)$/, "bases of classes"],
  [/\.(toString|\w*ForEach|call|compute\w*|build\w*|outputShapes|stepper|macs|largestOutput|givesList|directionOf|hold|begin|checkSequence|stateShapes|getInitialState)$/, "called by the engine, with what it has checked"],
  [/^(Layer|Trainable|Cell|RecurrentLayer)\./, "of bases of classes; those of each class are called"],
  [/^createReferenceBackend\(\)\./, "kernels, which ops call with sizes that they have checked"],
  [/^(layerFromConfig|callable|callableCell|fromNdarray)\(\)/, "what is called as it is in other ways"],
  [/^(callable|callableCell|registerLayers)$/, "take classes, which their authors write"],
]; // prettier-ignore

/** Errors of JavaScript that say what is right to say, by the function and the message. @type {[RegExp, RegExp, string][]} */
export const allowed = [
  [/./, /^Error: thrown by a getter of the case$/, "the error of the caller's own object"],
  [
    /^get(Initializer|Activation)$|\.needCompiled$/,
    /^TypeError: Cannot (perform %TypedArray%|convert a Symbol|convert object)/,
    "the first argument is the beginning of messages, which the caller writes",
  ],
  [/./, /^(Error: )?thrown by a function of the case$/, "the error of the caller's own function"],
  [/./, /^TypeError: Cannot perform '\w+' on a proxy that has been revoked/, "the error of the caller's own object"],
  [
    /^(new \w+Layer|[A-Z]\w+)$/,
    /^TypeError: (known is not iterable|Cannot perform %TypedArray%.prototype.values on a detached ArrayBuffer|(Cannot read properties of (undefined|null) \(reading ')?(word\.)?toLowerCase|frames\.dimensions|Cannot read properties of (undefined|null) \(reading '(split|units|filters|length)'\))/,
    "the second and third arguments are for classes that extend it",
  ],
  [
    /./,
    /^TypeError: Class constructors cannot be invoked without 'new'$/,
    "the caller has given a class where a function is called",
  ],
  [
    /./,
    /^TypeError: (Cannot read private member #\w+ from an object whose class did not declare it|Receiver must be an instance of class \w+)$|^TypeError: (Method get TypedArray\.prototype\.length called on incompatible receiver|this is not a typed array)/,
    "a Proxy has no private fields and no elements of a typed array, which JavaScript says itself",
  ],
];

/** Whether a function is left out. */
export const isLeftOut = (/** @type {string} */ name) => notCalled.some(([pattern]) => pattern.test(name));

/** Whether an error of a function is right. */
export const isAllowed = (/** @type {string} */ name, /** @type {string} */ text) =>
  allowed.some(([of, message]) => of.test(name) && message.test(text));
