/** `GET settings` */
export interface SettingsView {
  /** In the order of the documentation; secrets as `••••`. */
  settings: { name: string; value: string; from: string; secret: boolean }[];
  models: {
    id: string;
    label: string;
    host: string;
    licence: string;
    contextTokens: number;
    /** US dollars for a million tokens; null: not known. */
    inputUsd: number | null;
    outputUsd: number | null;
    priceFrom: string | null;
  }[];
}
/** `POST doctor {}` */
export interface DoctorView {
  checks: { area: string; name: string; ok: boolean; detail: string }[];
}
