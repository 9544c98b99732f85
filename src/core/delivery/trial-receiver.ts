/** The receiver for a first trial that `hookline listen` runs on the machine of the server. */
export const TRIAL_RECEIVER_PORT = 9000;
export const TRIAL_RECEIVER_URL = `http://localhost:${TRIAL_RECEIVER_PORT}/`;
