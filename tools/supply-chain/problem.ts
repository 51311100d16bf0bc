/** What is wrong with what the project is made of, and where. */
export interface Problem {
  readonly place: string;
  readonly fault: string;
}
