"""Keys that look real and open nothing. The whole suite runs with them, and none may turn up in what is written."""

ADMIN_KEY = "sk-ant-admin01-CANARYadminCANARYadmin0001"
BOT_TOKEN = "xoxb-CANARYbotCANARYbot0002"
APP_TOKEN = "xapp-CANARYappCANARYapp0003"
SIGNING_SECRET = "CANARYsigningCANARYsigning0004"

ALL = (ADMIN_KEY, BOT_TOKEN, APP_TOKEN, SIGNING_SECRET)


def found_in(text: str) -> list[str]:
    """Give the canaries that turned up."""
    return [canary for canary in ALL if canary in text]
