/** Called around what is measured; warming up is outside. */
export interface Marks {
  onStarted(): void;
  onEnded(): void;
}
