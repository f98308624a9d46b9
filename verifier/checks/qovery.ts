/** Where a variable may stand on Qovery: each scope reaches the pod. */
export const VARIABLES = "Variables of the service, its environment and its project on Qovery";
